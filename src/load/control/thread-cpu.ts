import { readFileSync, readlinkSync } from 'node:fs'

/** The system's number of the calling thread; undefined where the system does not tell (only Linux does). */
export function systemThreadId(): number | undefined {
  try {
    const id = Number(readlinkSync('/proc/thread-self').split('/').at(-1))
    return Number.isInteger(id) ? id : undefined
  } catch {
    return undefined
  }
}

/** CPU time in µs that a thread of this process has used (proc(5), schedstat: ns on CPU); undefined where unknown. */
export function threadCpuUs(threadId: number | undefined): number | undefined {
  if (threadId === undefined) return undefined
  try {
    const ns = Number(readFileSync(`/proc/self/task/${threadId}/schedstat`, 'utf8').split(' ')[0])
    return Number.isFinite(ns) ? ns / 1000 : undefined
  } catch {
    return undefined
  }
}
