import { defineConfig } from 'vitest/config'

const onTorchServe = process.env.FRAMESTORM_TEST_TORCHSERVE === '1'
// Those of the real server install it; `npm run test:torchserve` runs them and no others.
const torchserve = '**/*.torchserve.test.js'
const all = ['dist/{src,bench}/**/*.test.js', 'bootstrap/**/*.test.mjs']

// Tests run on the compiled code: worker threads and child processes start exactly the files that ship.
export default defineConfig({
  // Without this the watch mode would look away from dist/, as from a folder that vite itself writes.
  build: { emptyOutDir: false },
  test: {
    setupFiles: process.env.KEEP_TEST_FOLDERS ? ['bootstrap/keep-test-folders.mjs'] : [],
    // For what hangs. The slowest test takes a third of it on a machine that is busy with other programs.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // What a test waits for may take long on a busy machine.
    expect: { poll: { timeout: 30_000, interval: 20 } },
    // Live tests wait for their servers most of the time: six files share two cores well.
    maxWorkers: onTorchServe ? 1 : 6,
    // The modules are loaded once per process, and not once per file of tests: files keep nothing in them.
    isolate: onTorchServe,
    include: onTorchServe ? [`dist/src/${torchserve}`] : all,
    exclude: onTorchServe ? [] : [torchserve],
  },
})
