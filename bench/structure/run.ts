// `npm run structure`: how src is cut into rooms and files, against the limits. Exit code 1: a limit is missed.
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { packageRoot } from '../../src/system/package-root.js'
import { isWithinLimit, measureStructure } from './measure-structure.js'
import { readSourceFiles } from './source-file.js'

const { values } = parseArgs({
  options: {
    root: { type: 'string', default: packageRoot },
    verbose: { type: 'boolean', default: false },
  },
})
const measures = measureStructure(readSourceFiles(join(values.root, 'src')))
const nameWidth = Math.max(...measures.map(({ name }) => name.length))

process.stdout.write(`${'product files of src'.padEnd(nameWidth)}     now    limit\n`)
for (const measure of measures) {
  const { name, value, limit, details } = measure
  const state = isWithinLimit(measure) ? '' : '  missed'
  process.stdout.write(
    `${name.padEnd(nameWidth)}  ${String(Number(value.toFixed(2))).padStart(6)}  ${String(limit ?? '').padStart(7)}${state}\n`,
  )
  if (values.verbose) for (const detail of details) process.stdout.write(`    ${detail}\n`)
}
process.exitCode = measures.every(isWithinLimit) ? 0 : 1
