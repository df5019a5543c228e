import { defineConfig } from 'vitest/config'

// Tests run on the compiled code: worker threads and child processes start exactly the files that ship.
export default defineConfig({
  // Without this the watch mode would look away from dist/, as from a folder that vite itself writes.
  build: { emptyOutDir: false },
  test: {
    include: ['dist/{src,bench}/**/*.test.js', 'bootstrap/**/*.test.mjs'],
    setupFiles: process.env.KEEP_TEST_FOLDERS ? ['bootstrap/keep-test-folders.mjs'] : [],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Two cores are shared with real ffmpeg, sockets and servers: more workers only make each other late.
    maxWorkers: 2,
  },
})
