import { MessageChannel, type Worker } from 'node:worker_threads'
import { nowUs } from '../system/now-us.js'
import { readTlsSettings, requestHeaders } from '../server/access.js'
import { createSampleFile } from '../run/sample-writer.js'
import { moreThreads } from './control/auto-threads.js'
import { Flag, Value, createLoadControl, largestOfThreads, viewLoadControl } from './control/load-control.js'
import { loadResult, type LoadResult } from './control/load-result.js'
import { startThread, watchThreads } from './control/thread-pool.js'
import { watchProgress, type LoadProgress } from './control/watch-progress.js'
import { scheduleSettingsOf } from './drive/create-driver.js'
import { requireFreshToken, watchToken } from './token-renewal.js'
import type { ConnectionTarget } from './connection-target.js'
import type { LoadJob } from './load-job.js'
import type { LoadThreadData } from './load-thread.js'
import type { PacerData } from './pacer-thread.js'
import { reachEndpoint, type Endpoint } from '../server/endpoint.js'

interface LoadOptions {
  signal: AbortSignal
  onProgress?: ((progress: LoadProgress) => void) | undefined
}

export interface RunLoadOptions extends LoadOptions {
  /**
   * Called and awaited before the load restarts with more threads. Observations until then, such as counters of the
   * server, do not belong to the measurement.
   */
  onRestart?: (() => Promise<void>) | undefined
}

/** Runs one measurement in separate threads and resolves when its samples are on disk. */
export interface RunLoad {
  (job: LoadJob, options: RunLoadOptions): Promise<LoadResult>
  /** Processes of this machine, besides this one, that the load needs. */
  processIds?: (() => readonly number[]) | undefined
}

/** What a process that runs one slice of a load waits for, so that all slices start and end together. */
export interface Together {
  /**
   * Called when all threads can send. Resolves to the start on the clock of this process (`nowUs`), which may be seconds
   * ahead.
   */
  ready: () => Promise<number>
  /**
   * Called once, when no request of the window is pending, so that the last requests of other slices meet the same server
   * as the first. The load continues until it resolves, but not longer than its limit: the window, two deadlines and 10 s
   * after the window. With `passes` it is not called, because there is no load to continue.
   */
  drained: () => Promise<void>
}

/** How a slice ended. If it did not complete, all slices of the load have to start anew. */
export type SliceEnd =
  | { end: 'complete'; result: LoadResult }
  /** `threads`: the number of load threads of the next attempt. */
  | { end: 'too-busy' | 'token-refused'; threads: number }

/** The start is this far in the future, so that every thread receives it in time. */
const startAheadUs = 2000

/**
 * Runs one measurement. The calling thread only watches. Load threads send, read, check and write, and pacer threads
 * keep the time, so that other work of the caller (reports, progress, files) does not delay a send.
 *
 * With `threads: AutoThreads` the load begins with one thread. If a thread is too busy at the end of the warm-up, the
 * load stops, its samples are discarded, and it restarts with more threads and a new warm-up.
 *
 * @throws UserError for a failure that stops the load (disk full, server not reachable); earlier samples stay in
 * `job.sampleFile`
 */
export const runLoad: RunLoad = async (job, options) => {
  const target = await resolveTarget(job.endpoint, job.deadlineMs)
  for (let { threads } = job; ;) {
    const attempt = await attemptLoad({ ...job, threads }, target, options)
    if (attempt.end === 'complete') return attempt.result
    if (typeof threads === 'object') threads = { ...threads, atFirst: attempt.threads }
    await options.onRestart?.()
  }
}

/**
 * Runs one slice of a load that several processes send together. The warm-up takes exactly `job.warmupMaxMs`. A slice
 * cannot restart alone, so the caller gets to know why and with how many threads it has to.
 *
 * @throws UserError as `runLoad`; what `together` throws
 */
export async function runSlice(
  job: LoadJob,
  options: LoadOptions & { together: Together },
): Promise<SliceEnd> {
  return attemptLoad(job, await resolveTarget(job.endpoint, job.deadlineMs), options)
}

async function attemptLoad(
  job: LoadJob,
  target: ConnectionTarget,
  { signal, onProgress, together }: LoadOptions & { together?: Together | undefined },
): Promise<SliceEnd> {
  const auto = typeof job.threads === 'number' ? undefined : job.threads
  const threads = typeof job.threads === 'number' ? job.threads : (job.threads.atFirst ?? 1)
  const busyShare = auto !== undefined && threads < auto.most ? auto.busyShare : undefined
  const headers = requestHeaders(job.endpoint)
  createSampleFile(job.sampleFile)
  const control = createLoadControl(threads)
  const view = viewLoadControl(control)
  setWindowAhead(job, view.values, together !== undefined)
  const schedule = scheduleSettingsOf(job)
  const loads: Worker[] = []
  const pacers: Worker[] = []
  for (let thread = 0; thread < threads; thread++) {
    const { port1, port2 } = new MessageChannel()
    const pacerPort = schedule === undefined ? undefined : port1
    const held = together !== undefined
    const load: LoadThreadData = { job, control, thread, target, headers, busyShare, held, pacerPort }
    loads.push(startThread('load-thread.js', load, pacerPort === undefined ? [] : [pacerPort]))
    if (schedule === undefined) continue
    const pacer: PacerData = { control, schedule, thread, port: port2 }
    pacers.push(startThread('pacer-thread.js', pacer, [port2]))
  }
  const isSet = (flag: number) => Atomics.load(view.flags, flag) === 1
  const stop = () => Atomics.store(view.flags, Flag.stopAsked, 1)
  signal.addEventListener('abort', stop)
  if (signal.aborted) stop()
  const pool = watchThreads(loads, pacers)
  const progress = onProgress === undefined ? undefined : watchProgress(view, onProgress)
  // Requests with the first token may be refused after the threads were given another one.
  const token = watchToken(job.endpoint, headers, (changed) => pool.setHeaders(changed))
  try {
    await pool.ready
    const startUs = (await agreedStart(together, { signal, failed: pool.done })) ?? nowUs() + startAheadUs
    const startedAt = new Date(Date.now() + (startUs - nowUs()) / 1000).toISOString()
    view.values[Value.startUs] = startUs
    pool.begin()
    Atomics.store(view.flags, Flag.started, 1)
    Atomics.notify(view.flags, Flag.started)
    const release = async ({ drained }: Together) => {
      await pool.drained
      await drained()
      Atomics.store(view.flags, Flag.released, 1)
      return pool.done
    }
    const failures = await Promise.race([pool.done, ...(together === undefined ? [] : [release(together)])])
    if (!isSet(Flag.stopAsked) && isSet(Flag.tokenRefused)) {
      await requireFreshToken(job.endpoint, headers)
      return { end: 'token-refused', threads }
    }
    if (!isSet(Flag.stopAsked) && isSet(Flag.tooBusy) && auto !== undefined)
      return { end: 'too-busy', threads: moreThreads(threads, auto) }
    const result = { ...loadResult(view, startedAt), failures }
    if (together === undefined) return { end: 'complete', result }
    return { end: 'complete', result: { ...result, startSkewUs: largestOfThreads(view, 'beganUs') } }
  } finally {
    progress?.stop()
    clearInterval(token)
    signal.removeEventListener('abort', stop)
    await pool.terminate()
  }
}

/** The start that was agreed; undefined if there is none, or the load was stopped meanwhile. */
async function agreedStart(
  together: Together | undefined,
  { signal, failed }: { signal: AbortSignal; failed: Promise<unknown> },
): Promise<number | undefined> {
  if (together === undefined || signal.aborted) return undefined
  let onAbort: (() => void) | undefined
  const stopped = new Promise<undefined>((resolve) => {
    onAbort = () => resolve(undefined)
    signal.addEventListener('abort', onAbort)
  })
  try {
    return await Promise.race([together.ready(), stopped, failed.then(() => undefined)])
  } finally {
    signal.removeEventListener('abort', onAbort!)
  }
}

/** Without a warm-up, and with one of exact length, the window is known before the start. */
function setWindowAhead({ extent, warmupMaxMs }: LoadJob, values: Float64Array, exactWarmup: boolean): void {
  if ('passes' in extent) values[Value.windowStartUs] = 0
  else if (exactWarmup || warmupMaxMs === 0) {
    values[Value.windowStartUs] = warmupMaxMs * 1000
    values[Value.windowEndUs] = (warmupMaxMs + extent.durationMs) * 1000
  }
}

/** A local server accepts within microseconds, a remote one within a second. */
const maxWaitMs = 10_000

/**
 * Connects once before the load to find an address of the host name that accepts connections. The load then uses that
 * address, so that name resolution, which blocks a thread of Node's small pool, does not delay requests.
 */
async function resolveTarget(endpoint: Endpoint, deadlineMs: number): Promise<ConnectionTarget> {
  const { host, port } = endpoint
  const address = await reachEndpoint(endpoint, Math.min(deadlineMs, maxWaitMs))
  return { address, port, tls: endpoint.tls ? readTlsSettings(endpoint, host) : undefined }
}
