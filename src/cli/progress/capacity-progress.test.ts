import { Writable } from 'node:stream'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { capacityProgress } from './capacity-progress.js'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

/** What is written in CI, with the second at which it was. */
function watched() {
  const startMs = Date.now()
  const lines: { atS: number; line: string }[] = []
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      for (const line of chunk.toString().trimEnd().split('\n'))
        lines.push({ atS: (Date.now() - startMs) / 1000, line })
      done()
    },
  })
  const progress = capacityProgress(
    Object.assign(stream, { isTTY: false }) as unknown as NodeJS.WriteStream,
    {
      CI: 'true',
    },
  )
  return { progress, lines }
}

test('without a terminal there is a line at least every ten seconds, whatever takes long', () => {
  const { progress, lines } = watched()
  progress.onEvent({ kind: 'setting', setting: 'server batching 4', number: 1, of: 1 })
  progress.onStatus('starting TorchServe')
  vi.advanceTimersByTime(35_000)
  progress.onEvent({ kind: 'simulating' })
  vi.advanceTimersByTime(25_000)
  progress.onEvent({ kind: 'measuring', cameras: 15, repetition: 1, windowS: 20 })
  vi.advanceTimersByTime(22_000)
  progress.done()
  const times = [0, ...lines.map(({ atS }) => atS), 82]
  for (const [i, atS] of times.slice(1).entries()) expect(atS - times[i]!).toBeLessThanOrEqual(10)
  expect(lines.at(-1)!.line).toContain('measuring 15 cameras, draw 1 of camera phases')
  expect(lines.map(({ line }) => line)).toContainEqual(
    expect.stringContaining('simulating all numbers of cameras'),
  )
})

test('it says nothing more once it is done', () => {
  const { progress, lines } = watched()
  progress.onStatus('starting TorchServe')
  progress.done()
  vi.advanceTimersByTime(60_000)
  expect(lines).toHaveLength(1)
})
