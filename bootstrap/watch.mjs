// `npm run test:watch -- src/load`: compiles on each change and runs the tests concerned. Ends with q or Ctrl-C.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { root } from './checkout.mjs'
import { install } from './install.mjs'
import { runForeground } from './run-program.mjs'
import { testArguments } from './test-arguments.mjs'

await install()
const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
const options = ['--watch', '--preserveWatchOutput', '-p', root]
const compiling = spawn(process.execPath, [compiler, ...options], { stdio: ['ignore', 'inherit', 'inherit'] })
process.on('exit', () => compiling.kill())
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
await runForeground(process.execPath, [vitest, 'watch', ...testArguments(process.argv.slice(2))], 1)
process.exit()
