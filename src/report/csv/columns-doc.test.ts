import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { packageRoot } from '../../system/package-root.js'
import { batchesColumns } from './batches-columns.js'
import type { Column } from './csv-file.js'
import { framesColumns } from './frames-columns.js'
import { machineColumns } from './machine-columns.js'
import { pointsColumns } from './points-columns.js'
import { requestsColumns } from './requests-columns.js'

const text = readFileSync(join(packageRoot, 'docs/columns.md'), 'utf8')

/** The rows of the table below a heading, as `| name | meaning |`. */
function tableUnder(heading: string): string[] {
  const section = text.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? ''
  return section.split('\n').filter((line) => line.startsWith('| `'))
}

test.each<[string, Column<never>[]]>([
  ['points.csv', pointsColumns],
  ['requests.csv', requestsColumns],
  ['frames.csv', framesColumns],
  ['batches.csv', batchesColumns],
  ['machine.csv', machineColumns],
])('docs/columns.md describes each column of %s, in their order', (file, columns) => {
  expect(tableUnder(file)).toEqual(columns.map(({ name, meaning }) => `| \`${name}\` | ${meaning} |`))
})
