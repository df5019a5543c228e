import { fork } from 'node:child_process'
import type { EventEmitter } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { endProcessGroup } from './end-process-group.js'
import { guardReport, type GuardOrder } from './guard-messages.js'

interface GuardedOptions {
  cwd?: string | undefined
  env?: NodeJS.ProcessEnv | undefined
  /** Between SIGTERM and SIGKILL when the process is ended; 5 s by default. */
  graceMs?: number | undefined
  /** A folder removed after the process, even if this process was killed meanwhile. */
  removeAfter?: string | undefined
  /** Each line of the command's stdout and stderr. */
  onLine?: ((line: string) => void) | undefined
}

export interface GuardedExit {
  code: number | null
  /** The signal that ended it. */
  signal: string | null
}

export interface GuardedProcess {
  /** Of the command, which leads its own process group. */
  pid: number
  /** Resolves when the whole group is gone and the last line was handed over. */
  exited: Promise<GuardedExit>
  /** Ends the command with everything that it started; safe to call twice. */
  end(): Promise<void>
}

const guardFile = fileURLToPath(new URL('./guard.js', import.meta.url))
/** A guard that has not ended this long after its own grace period is killed. */
const guardSlackMs = 5000

function happens(emitter: EventEmitter, event: string): Promise<void> {
  return new Promise((resolve) => emitter.once(event, () => resolve()))
}

/**
 * Starts a command under a guard (guard.ts): neither it nor what it starts outlives this process, however this
 * process ends. Nothing passes through a shell.
 *
 * @throws the system's error (`ENOENT`, `EACCES`) if the command cannot be started
 */
export async function spawnGuarded(
  command: string,
  args: string[],
  options: GuardedOptions = {},
): Promise<GuardedProcess> {
  const graceMs = options.graceMs ?? 5000
  // Detached: a Ctrl-C in the terminal reaches this process only, which then ends things in its own order.
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
 * Runs a command to its end under a guard, so that neither an abort nor a killed parent leaves it behind.
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
  // Aborted while it was starting: the event has passed already.
  if (signal?.aborted === true) onAbort()
  const { code } = await running.exited
  signal?.removeEventListener('abort', onAbort)
  signal?.throwIfAborted()
  return { code, lines }
}
