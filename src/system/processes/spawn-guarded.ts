import { fork } from 'node:child_process'
import type { EventEmitter } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { endProcessGroup } from './end-process-group.js'
import { guardReport, type GuardOrder } from './guard-messages.js'

interface GuardedOptions {
  cwd?: string | undefined
  env?: NodeJS.ProcessEnv | undefined
  /** Time between SIGTERM and SIGKILL when the process is ended. Default: 5 s. */
  graceMs?: number | undefined
  /** A folder that is removed after the command has ended, even if this process was killed before. */
  removeAfter?: string | undefined
  /** Called for each line of the command's stdout and stderr. */
  onLine?: ((line: string) => void) | undefined
}

export interface GuardedExit {
  code: number | null
  /** The signal that ended it. */
  signal: string | null
}

export interface GuardedProcess {
  /** Process id of the command, which leads its own process group. */
  pid: number
  /** Resolves when the whole group has ended and the last line was delivered. */
  exited: Promise<GuardedExit>
  /** Ends the command and everything that it started. Safe to call twice. */
  end(): Promise<void>
}

const guardFile = fileURLToPath(new URL('./guard.js', import.meta.url))
/** A guard that has not ended this long after its own grace period is killed. */
const guardSlackMs = 5000

function happens(emitter: EventEmitter, event: string): Promise<void> {
  return new Promise((resolve) => emitter.once(event, () => resolve()))
}

/**
 * Starts a command under a guard (guard.ts): the command and its children never outlive this process, however it ends.
 * No shell is involved.
 *
 * @throws the system's error (`ENOENT`, `EACCES`) if the command cannot be started
 */
export async function spawnGuarded(
  command: string,
  args: string[],
  options: GuardedOptions = {},
): Promise<GuardedProcess> {
  const graceMs = options.graceMs ?? 5000
  // Detached, so that a Ctrl-C in the terminal reaches this process only, which then ends the others in the right
  // order.
  const guard = fork(guardFile, [], {
    cwd: options.cwd,
    env: options.env ?? process.env,
    execArgv: [],
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const lines = [guard.stdout!, guard.stderr!].map((input) => createInterface({ input }))
  for (const reader of lines) reader.on('line', (line) => options.onLine?.(line))

  let exit: GuardedExit = { code: null, signal: null }
  let pid = 0
  // Not `close`: Node does not emit it after a `disconnect` from our side.
  const parts = [happens(guard, 'exit'), ...lines.map((reader) => happens(reader, 'close'))]
  const exited = Promise.all(parts).then(() => exit)

  await new Promise<void>((resolve, reject) => {
    guard.once('error', reject)
    guard.once('exit', () => reject(new Error(`the guard of ${command} ended before it started the command`)))
    guard.on('message', (message) => {
      const report = guardReport.parse(message)
      if (report.kind === 'started') {
        pid = report.pid
        resolve()
      } else if (report.kind === 'failed') {
        reject(Object.assign(new Error(report.message), { code: report.code }))
      } else {
        exit = { code: report.code, signal: report.signal }
      }
    })
    const order: GuardOrder = { command, args, graceMs, removeAfter: options.removeAfter }
    guard.send(order, (error) => {
      if (error !== null) reject(error)
    })
  })

  async function end(): Promise<void> {
    if (guard.connected) guard.disconnect()
    const late = setTimeout(() => {
      void endProcessGroup(pid, 0).then(() => guard.kill('SIGKILL'))
    }, graceMs + guardSlackMs)
    await exited
    clearTimeout(late)
  }
  return { pid, exited, end }
}

/**
 * Runs a command to its end under a guard, so that it is not left behind after an abort or if the parent is killed.
 *
 * @returns its exit code (null: ended by a signal) and its last 200 lines
 * @throws the signal's reason on abort, once the command has ended
 */
export async function runGuarded(
  command: string,
  args: string[],
  options: GuardedOptions & { signal?: AbortSignal | undefined },
): Promise<{ code: number | null; lines: string[] }> {
  const { signal, onLine, ...rest } = options
  signal?.throwIfAborted()
  const lines: string[] = []
  const running = await spawnGuarded(command, args, {
    ...rest,
    onLine: (line) => {
      lines.push(line)
      if (lines.length > 200) lines.shift()
      onLine?.(line)
    },
  })
  const onAbort = () => void running.end()
  signal?.addEventListener('abort', onAbort)
  // It was aborted while it was starting, so the abort event has already fired.
  if (signal?.aborted === true) onAbort()
  const { code } = await running.exited
  signal?.removeEventListener('abort', onAbort)
  signal?.throwIfAborted()
  return { code, lines }
}
