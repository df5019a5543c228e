// `npm test`: install what is missing, make sure of an ffmpeg, then every test. Needs no TorchServe and no Java.
import { join } from 'node:path'
import { install, root, run } from './install.mjs'

await install()
const { ensureFfmpeg } = await import('../dist/src/video/ensure-ffmpeg.js')
try {
  await ensureFfmpeg({ onProgress: (text) => process.stderr.write(`framestorm: ${text}\n`) })
} catch (error) {
  process.stderr.write(`framestorm: tests that need ffmpeg will be skipped: ${error.message}\n`)
}
await run(
  process.execPath,
  [join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', ...process.argv.slice(2)],
  {
    exitCode: 1,
  },
)
