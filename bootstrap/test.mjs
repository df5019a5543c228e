// `npm test`: installs what is missing, including ffmpeg, then runs every test, or those of the given paths: `npm test
// -- src/load`. Needs no TorchServe and no Java. `npm run test:torchserve` runs the tests of the real server, and
// installs it first.
import { join } from 'node:path'
import { root, say } from './checkout.mjs'
import { install } from './install.mjs'
import { runForeground } from './run-program.mjs'
import { testArguments } from './test-arguments.mjs'

await install()
const { ensureFfmpeg } = await import('../dist/src/frames/video/resolve-ffmpeg.js')
try {
  await ensureFfmpeg({ onProgress: say })
} catch (error) {
  say(`tests that need ffmpeg will be skipped: ${error.message}`)
}
let args = process.argv.slice(2)
if (args.includes('--torchserve')) {
  args = args.filter((arg) => arg !== '--torchserve')
  process.env.FRAMESTORM_TEST_TORCHSERVE = '1'
  const { ensureEnvironment } =
    await import('../dist/src/server/torchserve/environment/ensure-environment.js')
  await ensureEnvironment({ onProgress: ({ text }) => say(text) })
}
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
await runForeground(process.execPath, [vitest, 'run', ...testArguments(args)], 1)
