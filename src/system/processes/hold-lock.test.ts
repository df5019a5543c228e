import { existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'

import { holdLock, isStale } from './hold-lock.js'

const lockFile = () => join(mkdtempSync(join(tmpdir(), 'lock-')), 'some.lock')

/** A process id that was in use and is no more. */
async function deadPid(): Promise<number> {
  const { stdout } = await execa(process.execPath, ['-e', 'console.log(process.pid)'])
  return Number(stdout)
}

test('only one process at a time does the work, and the lock is removed afterwards', async () => {
  const file = lockFile()
  let inside = 0
  let most = 0
  const work = async () => {
    inside++
    most = Math.max(most, inside)
    await new Promise((resolve) => setImmediate(resolve))
    inside--
  }
  await Promise.all(Array.from({ length: 5 }, () => holdLock(file, { pollMs: 5 }, work)))
  expect(most).toBe(1)
  expect(existsSync(file)).toBe(false)
})

test('the lock of a process that died is recovered', async () => {
  const file = lockFile()
  writeFileSync(file, JSON.stringify({ pid: await deadPid(), host: hostname() }))
  expect(await holdLock(file, {}, async () => 'done')).toBe('done')
})

test('several processes that find the same stale lock still take turns', async () => {
  const file = lockFile()
  writeFileSync(file, JSON.stringify({ pid: await deadPid(), host: hostname() }))
  let inside = 0
  const overlaps: number[] = []
  const work = async () => {
    overlaps.push(++inside)
    await new Promise((resolve) => setImmediate(resolve))
    inside--
  }
  await Promise.all(Array.from({ length: 4 }, () => holdLock(file, { pollMs: 5 }, work)))
  expect(overlaps).toEqual([1, 1, 1, 1])
})

test('the lock is released when the work fails', async () => {
  const file = lockFile()
  await expect(holdLock(file, {}, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
  expect(existsSync(file)).toBe(false)
})

test('waiting for a live holder is reported once and ends after an abort', async () => {
  const file = lockFile()
  const waiting: string[] = []
  const abort = new AbortController()
  await holdLock(file, {}, async () => {
    const second = holdLock(
      file,
      {
        pollMs: 5,
        signal: abort.signal,
        onWait: (holder) => {
          waiting.push(holder)
          abort.abort()
        },
      },
      async () => 'never',
    )
    await expect(second).rejects.toMatchObject({ name: 'AbortError' })
  })
  expect(waiting).toEqual([`process ${process.pid}`])
})

const here = { host: 'here', isAlive: (pid: number) => pid === 1 }

test.each([
  ['a living holder on this host is waited for', { pid: 1, host: 'here' }, 60_000, false],
  ['a dead one is not', { pid: 2, host: 'here' }, 0, true],
  ['one on another host is judged by its signs of life', { pid: 2, host: 'there' }, 60_000, false],
  ['and counts as gone without any', { pid: 2, host: 'there' }, 200_000, true],
  ['a lock just being written is waited for', undefined, 100, false],
  ['a torn one is not', undefined, 10_000, true],
])('%s', (_, holder, ageMs, stale) => {
  expect(isStale(holder, ageMs, here)).toBe(stale)
})
