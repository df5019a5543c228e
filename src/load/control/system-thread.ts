import { readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { setPriority } from 'node:os'

/** The operating system's id of the calling thread; undefined on systems without /proc (only Linux has it). */
export function systemThreadId(): number | undefined {
  try {
    const id = Number(readlinkSync('/proc/thread-self').split('/').at(-1))
    return Number.isInteger(id) ? id : undefined
  } catch {
    return undefined
  }
}

/** CPU time in µs that a thread of this process has used (proc(5), schedstat: ns on CPU); undefined if unknown. */
export function threadCpuUs(threadId: number | undefined): number | undefined {
  if (threadId === undefined) return undefined
  try {
    const ns = Number(readFileSync(`/proc/self/task/${threadId}/schedstat`, 'utf8').split(' ')[0])
    return Number.isFinite(ns) ? ns / 1000 : undefined
  } catch {
    return undefined
  }
}

/** Nice value with a priority above normal programs and below system tasks. */
const raisedPriority = -10

/**
 * Gives a thread priority over a server on the same cores, because a load generator that runs late measures its own
 * delay. The thread uses a few percent of a core, so the effect on the server is negligible. Linux sets priorities per
 * thread (setpriority(2), "C library/kernel differences"); the server's processes keep their priority, because another
 * thread starts them. Without the permission nothing changes, and the send lag shows the delay.
 */
export function raiseThreadPriority(threadId: number | undefined): void {
  if (threadId === undefined) return
  try {
    setPriority(threadId, raisedPriority)
  } catch {
    // Needs CAP_SYS_NICE or a raised RLIMIT_NICE, which users do not have to grant.
  }
}

/**
 * Sets a thread's timer slack to 1 µs. By default Linux may end a sleep up to 50 µs late, to wake several threads at
 * once (proc(5), timerslack_ns).
 */
export function setTimerSlack(threadId: number | undefined): void {
  try {
    if (threadId !== undefined) writeFileSync(`/proc/${threadId}/timerslack_ns`, '1000')
  } catch {
    // On a hardened system this fails. Wake-ups are then up to 50 µs later, which the send lag shows.
  }
}
