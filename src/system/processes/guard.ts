/*
 * Runs one command in a process group of its own, and ends the whole group when the connection to the parent closes.
 * The kernel closes that connection however the parent ends, even by SIGKILL, so no process that is started through a
 * guard outlives its parent. execa's `cleanup` cannot do this: it runs in the parent, which a SIGKILL ends without
 * running any code.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { rm } from 'node:fs/promises'

import { endProcessGroup } from './end-process-group.js'
import { guardOrder, type GuardOrder, type GuardReport } from './guard-messages.js'

let order: GuardOrder | undefined
let child: ChildProcess | undefined
let ending = false

async function finish(lastReport?: GuardReport): Promise<void> {
  if (ending) return
  ending = true
  if (child?.pid !== undefined) await endProcessGroup(child.pid, order?.graceMs ?? 0)
  if (order?.removeAfter !== undefined) {
    await rm(order.removeAfter, { recursive: true, force: true, maxRetries: 3 }).catch(() => {})
  }
  if (lastReport !== undefined && process.connected) {
    process.send!(lastReport, () => process.exit(0))
  } else {
    process.exit(0)
  }
}

function start(received: GuardOrder): void {
  order = received
  child = spawn(order.command, order.args, { stdio: ['ignore', 'inherit', 'inherit'], detached: true })
  child.once('spawn', () => report({ kind: 'started', pid: child!.pid! }))
  child.once('error', (error: NodeJS.ErrnoException) => {
    void finish({ kind: 'failed', code: error.code ?? 'UNKNOWN', message: error.message })
  })
  child.once('exit', (code, signal) => void finish({ kind: 'exited', code, signal }))
}

function report(message: GuardReport): void {
  // The parent may have exited in the meantime. The `disconnect` handler then ends the command.
  if (process.connected) process.send!(message, () => {})
}

process.once('message', (message) => start(guardOrder.parse(message)))
process.once('disconnect', () => void finish())
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => void finish())
