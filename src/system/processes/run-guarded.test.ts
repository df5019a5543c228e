import { expect, test } from 'vitest'

import { isProcessAlive } from './hold-lock.js'
import { runGuarded } from './run-guarded.js'

test('a command runs to its end, its last lines kept', async () => {
  const script = 'for (let i = 0; i < 300; i++) console.log(i); process.exitCode = 3'
  const { code, lines } = await runGuarded(process.execPath, ['-e', script], {})
  expect(code).toBe(3)
  expect(lines).toHaveLength(200)
  expect(lines.at(-1)).toBe('299')
})

test('aborted, it gives up once the command is gone, with the reason of the abort', async () => {
  const abort = new AbortController()
  let pid = 0
  const running = runGuarded(
    process.execPath,
    ['-e', 'console.log(process.pid); setInterval(() => {}, 1000)'],
    {
      signal: abort.signal,
      onLine: (line) => {
        pid = Number(line)
        abort.abort(new Error('enough'))
      },
    },
  )
  await expect(running).rejects.toThrow('enough')
  expect(pid).toBeGreaterThan(0)
  expect(isProcessAlive(pid)).toBe(false)
})

test('aborted before, nothing is started', async () => {
  const signal = AbortSignal.abort(new Error('too late'))
  await expect(runGuarded('no-such-command', [], { signal })).rejects.toThrow('too late')
})
