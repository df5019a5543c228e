// `npm test`: install what is missing, make sure of an ffmpeg, then every test, or those of the paths that follow:
// `npm test -- src/load`. Needs no TorchServe and no Java.
import { join } from 'node:path'
import { root, say } from './checkout.mjs'
import { install } from './install.mjs'
import { runForeground } from './run-program.mjs'
import { testArguments } from './test-arguments.mjs'

await install()
const { ensureFfmpeg } = await import('../dist/src/frames/video/ensure-ffmpeg.js')
try {
  await ensureFfmpeg({ onProgress: say })
} catch (error) {
  say(`tests that need ffmpeg will be skipped: ${error.message}`)
}
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
await runForeground(process.execPath, [vitest, 'run', ...testArguments(process.argv.slice(2))], 1)
