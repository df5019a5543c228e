import type { ChildProcess } from 'node:child_process'
import { ExitCode, UserError } from '../../system/user-error.js'
import type { EmbeddedConfig } from './embedded-config.js'
import type { EmbeddedPorts } from './embedded-server.js'
import type { FromProcess, ToProcess } from './process-messages.js'

type WithoutId<Message> = Message extends { id: number } ? Omit<Message, 'id'> : never

export interface ProcessConnection {
  start(config: EmbeddedConfig): Promise<EmbeddedPorts>
  /** Resolves when it is done; rejects where it failed or the process has ended. */
  ask(message: WithoutId<ToProcess>): Promise<void>
  hasEnded(): boolean
  /** Ends the process and resolves when it has ended; safe to call twice. */
  stop(): Promise<void>
}

interface Waiter {
  resolve(ports: EmbeddedPorts | undefined): void
  reject(error: Error): void
}

/** How long it may take to write its last lines until it is killed. */
const graceMs = 5000

/** Request and answer with the embedded server's process, over its IPC channel. */
export function connectProcess(child: ChildProcess): ProcessConnection {
  const waiters = new Map<number, Waiter>()
  let nextId = 1
  let complaint = ''
  let ended = false
  let stopping = false
  const exited = new Promise<void>((resolve) => {
    const end = () => {
      ended = true
      for (const waiter of waiters.values()) waiter.reject(endedError())
      waiters.clear()
      resolve()
    }
    child.once('exit', end)
    child.once('error', end)
  })

  child.stderr?.on('data', (text: Buffer) => {
    complaint = (complaint + text.toString()).slice(-2000)
  })
  child.on('message', (message: FromProcess) => {
    const id = ('id' in message ? message.id : undefined) ?? 0
    const waiter = waiters.get(id)
    waiters.delete(id)
    if (message.kind === 'failed')
      waiter?.reject(failure('the embedded server cannot do that', message.message))
    else waiter?.resolve(message.kind === 'ready' ? message.ports : undefined)
  })

  function endedError(): UserError {
    if (stopping) return failure('the embedded server was stopped')
    return failure('the embedded server has ended by itself', complaint)
  }

  function send(id: number, message: ToProcess): Promise<EmbeddedPorts | undefined> {
    if (ended || !child.connected) return Promise.reject(endedError())
    return new Promise((resolve, reject) => {
      waiters.set(id, { resolve, reject })
      child.send(message)
    })
  }

  return {
    async start(config) {
      const ports = await send(0, { kind: 'start', config })
      if (ports === undefined) throw new Error('the embedded server told no ports')
      return ports
    },
    async ask(message) {
      const id = nextId++
      await send(id, { ...message, id })
    },
    hasEnded: () => ended,
    async stop() {
      stopping = true
      if (ended) return
      if (child.connected) child.send({ kind: 'stop' } satisfies ToProcess, () => {})
      const kill = setTimeout(() => child.kill('SIGKILL'), graceMs)
      await exited
      clearTimeout(kill)
    },
  }
}

function failure(message: string, received?: string): UserError {
  return new UserError(message, {
    where: 'the embedded server',
    exitCode: ExitCode.environment,
    ...(received !== undefined && received !== '' && { received }),
  })
}
