import { defineConfig } from 'vitest/config'

// Tests run on the compiled code: worker threads and child processes start exactly the files that ship.
export default defineConfig({
  test: {
    include: ['dist/{src,bench}/**/*.test.js', 'bootstrap/**/*.test.mjs'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Two cores are shared with real ffmpeg, sockets and servers: more workers only make each other late.
    maxWorkers: 2,
  },
})
