import { Worker } from 'node:worker_threads'
import { execa } from 'execa'
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

test('a bench can set the clock of a process off by a known amount', async () => {
  const code = `
    const { nowUs } = await import(${JSON.stringify(new URL('./now-us.js', import.meta.url).href)})
    const [seconds, nanoseconds] = process.hrtime()
    const offUs = nowUs() - (seconds * 1e6 + nanoseconds / 1000)
    process.stdout.write(JSON.stringify({ offUs, systemUs: seconds * 1e6 }))`
  const read = async (clock: string) => {
    const { stdout } = await execa(process.execPath, ['--input-type=module', '-e', code], {
      env: { FRAMESTORM_TEST_CLOCK: clock },
    })
    const { offUs, systemUs }: { offUs: number; systemUs: number } = JSON.parse(stdout)
    return { offUs, systemUs }
  }
  // 20 ms for a process that has to wait between its two reads.
  const near = (offUs: number, expectedUs: number) =>
    expect(Math.abs(offUs - expectedUs)).toBeLessThan(20_000)
  near((await read('-5000000,0')).offUs, -5_000_000)
  const { offUs, systemUs } = await read('7000000,100')
  near(offUs, 7_000_000 + systemUs * 100e-6)
  await expect(read('off')).rejects.toThrow('FRAMESTORM_TEST_CLOCK')
})
