import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'csv-parse/sync'
import { onTestFinished, vi } from 'vitest'
import { runCommandLine } from '../command-line.js'

const main = fileURLToPath(new URL('../main.js', import.meta.url))

export interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

export interface Running {
  /** Resolves when this text has come on stdout or stderr. */
  says: (text: string) => Promise<void>
  ended: Promise<Ended>
}

interface Options {
  /** Variables set to undefined are taken out of the environment. */
  env?: Record<string, string | undefined>
  cwd?: string
}

/** Runs the real command in a child process. */
export function start(
  args: readonly string[],
  { env = {}, cwd }: Options = {},
): Running & { child: ChildProcess } {
  const child = spawn(process.execPath, [main, ...args], {
    cwd,
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const running = follow(
    (hear) =>
      new Promise((resolve) => {
        child.stdout.setEncoding('utf8').on('data', (text: string) => hear('stdout', text))
        child.stderr.setEncoding('utf8').on('data', (text: string) => hear('stderr', text))
        child.on('close', resolve)
      }),
  )
  return { child, ...running }
}

export function framestorm(args: readonly string[], options: Options = {}): Promise<Ended> {
  return start(args, options).ended
}

/**
 * As `start`, within the test's own process, which costs a fraction of the time: for all that is not about signals or pipes.
 */
export function startHere(args: readonly string[], { env = {}, cwd }: Options = {}): Running {
  return follow(async (hear) => {
    const changed = { NO_COLOR: '1', ...env }
    const before = Object.fromEntries(Object.keys(changed).map((name) => [name, process.env[name]]))
    setEnvironment(changed)
    const folder = process.cwd()
    if (cwd !== undefined) process.chdir(cwd)
    const spies = (['stdout', 'stderr'] as const).map((name) =>
      vi.spyOn(process[name], 'write').mockImplementation((text) => {
        hear(name, String(text))
        return true
      }),
    )
    // yargs writes its help through the console, which vitest has replaced.
    const log = vi.spyOn(console, 'log').mockImplementation((text) => hear('stdout', `${text}\n`))
    try {
      return await runCommandLine(args)
    } finally {
      for (const spy of [...spies, log]) spy.mockRestore()
      setEnvironment(before)
      process.chdir(folder)
    }
  })
}

function setEnvironment(variables: NonNullable<Options['env']>): void {
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }
}

export function framestormHere(args: readonly string[], options: Options = {}): Promise<Ended> {
  return startHere(args, options).ended
}

/** Collects what a command says until it ends with a code. */
function follow(
  run: (hear: (name: 'stdout' | 'stderr', text: string) => void) => Promise<number | null>,
): Running {
  const said = { stdout: '', stderr: '' }
  const waiting = new Set<() => void>()
  const ended = run((name, text) => {
    said[name] += text
    for (const check of waiting) check()
  }).then((code) => ({ code, ...said }))
  const says = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const check = () => {
        if (!(said.stdout + said.stderr).includes(text)) return
        waiting.delete(check)
        resolve()
      }
      waiting.add(check)
      void ended.then(() =>
        reject(new Error(`ended without saying ${JSON.stringify(text)}:\n${said.stdout}${said.stderr}`)),
      )
      check()
    })
  return { says, ended }
}

/** Sends eight frames to a server, two per request, as `framestorm stream` does. */
export function streamEight(server: string, more: readonly string[] = []): Promise<Ended> {
  const source = ['--input', 'testsrc', '--frames', '8', '--size', '160x120']
  const batching = ['--client-batching', '--batch-size', '2']
  return framestormHere(['stream', ...source, '--server', server, ...batching, ...more])
}

/** A new folder that is gone after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'framestorm-cli-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** The rows of a CSV file that a run wrote, by column. */
export async function rowsOf(file: string): Promise<Record<string, string>[]> {
  return parse(await readFile(file), { columns: true })
}
