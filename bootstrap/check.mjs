// `npm run check`: everything that a change must pass. Each step stops the check; the build checks the types.
import { join } from 'node:path'
import { root, say } from './checkout.mjs'
import { install } from './install.mjs'
import { runForeground } from './run-program.mjs'

/** The program of an installed package: its file, as node runs it on every platform. */
const program = (...path) => join(root, 'node_modules', ...path)
const steps = {
  lint: [program('oxlint', 'bin', 'oxlint'), '--type-aware', '--deny-warnings', 'src', 'bench', 'bootstrap'],
  format: [program('prettier', 'bin', 'prettier.cjs'), '--check', '--cache', '--log-level=warn', '.'],
  'dead code': [program('knip', 'bin', 'knip.js')],
  'product code that only tests or benches use': [
    program('knip', 'bin', 'knip.js'),
    ...['--production', '--config', 'knip.production.json'],
  ],
  'tests, import order among them': [join(root, 'bootstrap', 'test.mjs')],
}

await install()
for (const [name, args] of Object.entries(steps)) {
  const isTests = args[0].endsWith('test.mjs')
  if (isTests && process.argv.includes('--without-tests')) {
    say(`check: without ${name}`)
    continue
  }
  say(`check: ${name}`)
  await runForeground(process.execPath, args, 1)
}
