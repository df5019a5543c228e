import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'

import { isProcessAlive } from './hold-lock.js'
import { runGuarded, spawnGuarded } from './spawn-guarded.js'

/** A process with a child, both deaf to SIGTERM, each saying its process id once it is. */
const stubbornTree = `
  const deaf = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('pid', process.pid)"
  require('child_process').spawn(process.execPath, ['-e', deaf], { stdio: 'inherit' })
  eval(deaf)
`

async function untilGone(pids: number[]): Promise<void> {
  while (pids.some(isProcessAlive)) await sleep(20)
}

/** Collects the process ids that a tree prints. */
function pidCollector(expected: number): { onLine: (line: string) => void; all: Promise<number[]> } {
  const pids: number[] = []
  let done: (pids: number[]) => void
  const all = new Promise<number[]>((resolve) => (done = resolve))
  return {
    all,
    onLine: (line) => {
      const match = /^pid (\d+)$/.exec(line)
      if (match !== null) pids.push(Number(match[1]))
      if (pids.length === expected) done(pids)
    },
  }
}

test('a command runs, its lines arrive, and its exit code is returned', async () => {
  const lines: string[] = []
  const script = "console.log('out'); console.error('err'); process.exitCode = 7"
  const running = await spawnGuarded(process.execPath, ['-e', script], { onLine: (line) => lines.push(line) })
  expect(await running.exited).toEqual({ code: 7, signal: null })
  expect(lines.toSorted()).toEqual(['err', 'out'])
})

test('a command that does not exist is refused with the code of the system', async () => {
  await expect(spawnGuarded('no-such-command-here', [])).rejects.toMatchObject({ code: 'ENOENT' })
})

test('ending a command ends its children, even if they ignore SIGTERM', async () => {
  const { onLine, all } = pidCollector(2)
  const running = await spawnGuarded(process.execPath, ['-e', stubbornTree], { onLine, graceMs: 100 })
  const pids = await all
  expect(pids).toContain(running.pid)
  await running.end()
  await running.end()
  await untilGone(pids)
})

test('a parent killed by SIGKILL leaves neither process nor folder behind', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'guard-'))
  writeFileSync(join(folder, 'socket'), '')
  const parentScript = `
    const { spawnGuarded } = await import(${JSON.stringify(new URL('./spawn-guarded.js', import.meta.url).href)})
    await spawnGuarded(process.execPath, ['-e', ${JSON.stringify(stubbornTree)}], {
      graceMs: 100, removeAfter: ${JSON.stringify(folder)}, onLine: (line) => console.log(line)
    })
  `
  const parent = spawn(process.execPath, ['--input-type=module', '-e', parentScript], {
    stdio: ['ignore', 'pipe', 2],
  })
  const { onLine, all } = pidCollector(2)
  createInterface({ input: parent.stdout! }).on('line', onLine)
  const pids = await all
  expect(pids.every(isProcessAlive)).toBe(true)

  parent.kill('SIGKILL')
  await once(parent, 'exit')
  await untilGone(pids)
  while (existsSync(folder)) await sleep(20)
})

test('a command runs to its end, and its last lines are kept', async () => {
  const script = 'for (let i = 0; i < 300; i++) console.log(i); process.exitCode = 3'
  const { code, lines } = await runGuarded(process.execPath, ['-e', script], {})
  expect(code).toBe(3)
  expect(lines).toHaveLength(200)
  expect(lines.at(-1)).toBe('299')
})

test('after an abort it rejects with the reason once the command has ended', async () => {
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

test('if it is aborted before, nothing is started', async () => {
  const signal = AbortSignal.abort(new Error('too late'))
  await expect(runGuarded('no-such-command', [], { signal })).rejects.toThrow('too late')
})
