import { defineConfig } from 'vitest/config'

const onTorchServe = process.env.FRAMESTORM_TEST_TORCHSERVE === '1'
// Those of the real server install it; `npm run test:torchserve` runs them and no others.
const torchserve = '**/*.torchserve.test.js'
/** Tests of rooms that decide and compute change nothing outside of them: they share a process with its modules. */
const pure = 'dist/src/{analysis,batching,capacity,gate,report,run,scenario}/**/*.test.js'
/** Those among them that start servers or a browser, and take long. */
const live =
  'dist/src/{analysis/{validity-live,server-truth},capacity/live/run-capacity,gate/live/live-gate,report/{several-servers,learned-answers},report/html/report-in-browser}.test.js'
const all = ['dist/{src,bench}/**/*.test.js', 'bootstrap/**/*.test.mjs']

// Tests run on the compiled code: worker threads and child processes start exactly the files that ship.
export default defineConfig({
  // Without this the watch mode would look away from dist/, as from a folder that vite itself writes.
  build: { emptyOutDir: false },
  test: {
    setupFiles: process.env.KEEP_TEST_FOLDERS ? ['bootstrap/keep-test-folders.mjs'] : [],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Live tests wait for their servers most of the time: three files share two cores well.
    maxWorkers: onTorchServe ? 1 : 3,
    projects: onTorchServe
      ? [{ extends: true, test: { name: 'torchserve', include: [`dist/src/${torchserve}`] } }]
      : [
          { extends: true, test: { name: 'pure', include: [pure], exclude: [live], isolate: false } },
          { extends: true, test: { name: 'live', include: [live] } },
          { extends: true, test: { name: 'all else', include: all, exclude: [pure, torchserve] } },
        ],
  },
})
