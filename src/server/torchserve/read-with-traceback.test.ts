import { expect, test } from 'vitest'
import { lastTraceback } from './load-failure.js'
import { readWithTraceback } from './read-with-traceback.js'

const line = (text: string) => `2026-01-31T12:00:00,123 [INFO ] W-9000-m_1.0-stdout MODEL_LOG - ${text}\n`
const heading = line('Traceback (most recent call last):')
const whole =
  heading + line('  File "h.py", line 3, in handle') + line('    read(row)') + line("KeyError: 'x'")

/** A log that a slow server writes: it has grown by one piece whenever it is read. */
function growing(...pieces: string[]): { reads: number; read: () => Promise<string> } {
  const log = {
    reads: 0,
    read: async () => pieces.slice(0, ++log.reads).join(''),
  }
  return log
}

/** Every character that the server writes can be the last one that is read. */
test('a traceback that is still being written is read again, wherever it stops', async () => {
  const cuts = [1, heading.length, heading.length + 1, whole.length - 2, whole.length - 1]
  for (const cut of cuts) {
    const { read } = growing(whole.slice(0, cut), whole.slice(cut))
    expect(lastTraceback(await readWithTraceback(read)), `after ${cut} characters`).toMatch(/KeyError: 'x'$/)
  }
})

test('an exception that follows its cause is waited for', async () => {
  const second = whole.replace('KeyError', 'ValueError')
  const { read } = growing(whole, second)
  expect(lastTraceback(await readWithTraceback(read))).toMatch(/ValueError: 'x'$/)
})

test('a whole traceback is returned at once', async () => {
  const log = growing(whole)
  await readWithTraceback(log.read)
  expect(log.reads).toBe(2)
})

test('without a traceback the log is returned as it is, after a while', async () => {
  expect(await readWithTraceback(growing(line('Killed'), 'half a li').read)).toBe(
    `${line('Killed')}half a li`,
  )
})
