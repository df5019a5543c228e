import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { nowUs } from './now-us.js'

test('the clock never goes back', () => {
  let last = nowUs()
  for (let i = 0; i < 100_000; i++) {
    const now = nowUs()
    expect(now >= last).toBe(true)
    last = now
  }
})

test('a time read in another thread is between two times read here before and after it', async () => {
  const code = `
    import { parentPort } from 'node:worker_threads'
    import { nowUs } from ${JSON.stringify(new URL('./now-us.js', import.meta.url).href)}
    parentPort.on('message', () => parentPort.postMessage(nowUs()))
  `
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`))
  try {
    for (let i = 0; i < 20; i++) {
      const before = nowUs()
      worker.postMessage(0)
      const there = await new Promise<number>((resolve) => worker.once('message', resolve))
      const after = nowUs()
      // 2 µs for the two reads by which each thread found its offset.
      expect(there).toBeGreaterThan(before - 2)
      expect(there).toBeLessThan(after + 2)
    }
  } finally {
    await worker.terminate()
  }
})
