import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { whileSaying } from './progress.js'

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

test('work that says nothing for 10 s is said to go on, with its last step and the time since it began', async () => {
  const said: string[] = []
  let end = () => {}
  const working = whileSaying(
    'installing packages',
    { onProgress: ({ text }) => said.push(text) },
    async (say) => {
      await new Promise((resolve) => setTimeout(resolve, 11_000))
      say({ text: 'unpacking packages' })
      await new Promise<void>((resolve) => (end = resolve))
      return 'done'
    },
  )
  await vi.advanceTimersByTimeAsync(32_000)
  end()
  expect(await working).toBe('done')
  await vi.advanceTimersByTimeAsync(60_000)
  expect(said).toEqual([
    'still installing packages (10 s)',
    'unpacking packages',
    'still unpacking packages (10 s)',
    'still unpacking packages (20 s)',
  ])
})
