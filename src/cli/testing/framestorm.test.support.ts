import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished, vi } from 'vitest'
import { runCommandLine } from '../command-line.js'

const main = fileURLToPath(new URL('../main.js', import.meta.url))

export interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

export interface Running {
  child: ChildProcess
  /** Resolves when this text has come on stdout or stderr. */
  says: (text: string) => Promise<void>
  ended: Promise<Ended>
}

/** Runs the real command in a child process. Variables set to undefined are taken out of its environment. */
export function start(
  args: readonly string[],
  { env = {}, cwd }: { env?: Record<string, string | undefined>; cwd?: string } = {},
): Running {
  const child = spawn(process.execPath, [main, ...args], {
    cwd,
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  const waiting = new Set<() => void>()
  const heard = () => {
    for (const check of waiting) check()
  }
  child.stdout.on('data', (data: Buffer) => {
    stdout += data.toString()
    heard()
  })
  child.stderr.on('data', (data: Buffer) => {
    stderr += data.toString()
    heard()
  })
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
  const says = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const check = () => {
        if (!(stdout + stderr).includes(text)) return
        waiting.delete(check)
        resolve()
      }
      waiting.add(check)
      void ended.then(() =>
        reject(new Error(`ended without saying ${JSON.stringify(text)}:\n${stdout}${stderr}`)),
      )
      check()
    })
  return { child, says, ended }
}

export function framestorm(
  args: readonly string[],
  options: { env?: Record<string, string | undefined>; cwd?: string } = {},
): Promise<Ended> {
  return start(args, options).ended
}

/** As `framestorm`, within the test's own process: for mistakes, which touch nothing, in a tenth of the time. */
export async function framestormHere(args: readonly string[]): Promise<Ended> {
  const said = { stdout: '', stderr: '' }
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      said[name] += String(text)
      return true
    }),
  )
  try {
    return { code: await runCommandLine(args), ...said }
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
}

/** A new folder that is gone after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'framestorm-cli-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}
