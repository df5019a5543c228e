import { defineConfig } from 'vitest/config'

const onTorchServe = process.env.FRAMESTORM_TEST_TORCHSERVE === '1'

// Tests run on the compiled code: worker threads and child processes start exactly the files that ship.
export default defineConfig({
  // Without this the watch mode would look away from dist/, as from a folder that vite itself writes.
  build: { emptyOutDir: false },
  test: {
    // Those of the real server install it; `npm run test:torchserve` runs them and no others.
    include: onTorchServe
      ? ['dist/src/**/*.torchserve.test.js']
      : ['dist/{src,bench}/**/*.test.js', 'bootstrap/**/*.test.mjs'],
    exclude: onTorchServe ? [] : ['**/*.torchserve.test.js'],
    setupFiles: process.env.KEEP_TEST_FOLDERS ? ['bootstrap/keep-test-folders.mjs'] : [],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Live tests wait for their servers most of the time: three files share two cores well.
    maxWorkers: onTorchServe ? 1 : 3,
  },
})
