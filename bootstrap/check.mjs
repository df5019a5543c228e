// `npm run check`: everything that a change must pass. Each step stops the check; the build checks the types.
import { join } from 'node:path'
import { install, root, run } from './install.mjs'

const bin = (name) => join(root, 'node_modules', '.bin', name)
const steps = [
  ['lint', bin('oxlint'), ['--type-aware', '--deny-warnings', 'src', 'bench', 'bootstrap']],
  ['format', bin('prettier'), ['--check', '--log-level=warn', '.']],
  ['dead code', bin('knip'), []],
  ['tests, import order among them', process.execPath, [join(root, 'bootstrap', 'test.mjs')]],
]

const without = process.argv.includes('--without-tests') ? steps.pop() : undefined
if (without !== undefined) process.stderr.write(`framestorm: check: without ${without[0]}\n`)

await install()
for (const [name, command, args] of steps) {
  process.stderr.write(`framestorm: check: ${name}\n`)
  await run(command, args, { exitCode: 1 })
}
