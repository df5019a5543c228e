import { MessageChannel, type Worker } from 'node:worker_threads'
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { tokenExpired } from '../server/token.js'
import { nowUs } from '../system/now-us.js'
import { readTlsSettings, requestHeaders } from '../server/access.js'
import { createSampleFile } from '../run/sample-writer.js'
import { moreThreads } from './control/auto-threads.js'
import { Flag, Value, createLoadControl, viewLoadControl } from './control/load-control.js'
import { loadResult, type LoadResult } from './control/load-result.js'
import { startThread, watchThreads, type ThreadPool } from './control/thread-pool.js'
import { watchProgress, type LoadProgress } from './control/watch-progress.js'
import { scheduleSettingsOf } from './drive/create-driver.js'
import type { ConnectionTarget } from './connection-target.js'
import type { LoadJob } from './load-job.js'
import type { LoadThreadData } from './load-thread.js'
import type { PacerData } from './pacer-thread.js'
import { endpointOrigin, reachEndpoint, type Endpoint } from '../server/endpoint.js'

export interface RunLoadOptions {
  signal: AbortSignal
  onProgress?: ((progress: LoadProgress) => void) | undefined
  /**
   * Called and awaited before the load restarts with more threads. Observations until then, such as counters of the
   * server, do not belong to the measurement.
   */
  onRestart?: (() => Promise<void>) | undefined
}

/** Runs one measurement in separate threads and resolves when its samples are on disk. */
export type RunLoad = (job: LoadJob, options: RunLoadOptions) => Promise<LoadResult>

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
  const auto = typeof job.threads === 'number' ? undefined : job.threads
  let threads = typeof job.threads === 'number' ? job.threads : 1
  for (;;) {
    const busyShare = auto !== undefined && threads < auto.most ? auto.busyShare : undefined
    const { result, end, headers } = await runWithThreads(job, target, threads, { ...options, busyShare })
    if (end === 'complete') return result
    if (end === 'token-refused') await requireFreshToken(job.endpoint, headers)
    if (end === 'too-busy' && auto !== undefined) threads = moreThreads(threads, auto)
    await options.onRestart?.()
  }
}

/** A server that renews its token writes the file after it has begun to reject the old one. */
const renewalMs = 2000
const renewalPollMs = 250

/**
 * Waits for another token than that in these headers.
 *
 * @throws UserError (exit code 3, resumable) if there is none
 */
async function requireFreshToken(endpoint: Endpoint, headers: Record<string, string>): Promise<void> {
  for (
    let waitedMs = 0;
    endpoint.tokenFile !== undefined && waitedMs < renewalMs;
    waitedMs += renewalPollMs
  ) {
    if (!isDeepStrictEqual(currentHeaders(endpoint), headers)) return
    await sleep(renewalPollMs)
  }
  throw tokenExpired(endpointOrigin(endpoint), endpoint)
}

/** The header fields with the token that the file holds now; undefined while it is being written. */
function currentHeaders(endpoint: Endpoint): Record<string, string> | undefined {
  try {
    return requestHeaders(endpoint)
  } catch {
    return undefined
  }
}

/** Gives the threads each new token of a file, between two requests. */
function watchToken(endpoint: Endpoint, first: Record<string, string>, pool: ThreadPool): NodeJS.Timeout {
  let headers = first
  return setInterval(() => {
    const current = currentHeaders(endpoint)
    if (current === undefined || isDeepStrictEqual(current, headers)) return
    headers = current
    pool.setHeaders(current)
  }, renewalPollMs)
}

async function runWithThreads(
  job: LoadJob,
  target: ConnectionTarget,
  threads: number,
  { signal, onProgress, busyShare }: RunLoadOptions & { busyShare?: number | undefined },
): Promise<{
  result: LoadResult
  end: 'complete' | 'too-busy' | 'token-refused'
  /** At the start. Requests with this token may be refused after the threads were given another one. */
  headers: Record<string, string>
}> {
  const headers = requestHeaders(job.endpoint)
  createSampleFile(job.sampleFile)
  const control = createLoadControl(threads)
  const view = viewLoadControl(control)
  setWindowAhead(job, view.values)
  const schedule = scheduleSettingsOf(job)
  const loads: Worker[] = []
  const pacers: Worker[] = []
  for (let thread = 0; thread < threads; thread++) {
    const { port1, port2 } = new MessageChannel()
    const pacerPort = schedule === undefined ? undefined : port1
    const load: LoadThreadData = { job, control, thread, target, headers, busyShare, pacerPort }
    loads.push(startThread('load-thread.js', load, pacerPort === undefined ? [] : [pacerPort]))
    if (schedule === undefined) continue
    const pacer: PacerData = { control, schedule, thread, port: port2 }
    pacers.push(startThread('pacer-thread.js', pacer, [port2]))
  }
  const stop = () => Atomics.store(view.flags, Flag.stopAsked, 1)
  signal.addEventListener('abort', stop)
  if (signal.aborted) stop()
  const pool = watchThreads(loads, pacers)
  const progress = onProgress === undefined ? undefined : watchProgress(view, onProgress)
  const token = job.endpoint.tokenFile === undefined ? undefined : watchToken(job.endpoint, headers, pool)
  try {
    await pool.ready
    const startedAt = new Date().toISOString()
    view.values[Value.startUs] = nowUs() + startAheadUs
    pool.begin()
    Atomics.store(view.flags, Flag.started, 1)
    Atomics.notify(view.flags, Flag.started)
    const failures = await pool.done
    const isSet = (flag: number) => Atomics.load(view.flags, flag) === 1
    const end = isSet(Flag.stopAsked)
      ? 'complete'
      : isSet(Flag.tokenRefused)
        ? 'token-refused'
        : isSet(Flag.tooBusy)
          ? 'too-busy'
          : 'complete'
    return { result: { ...loadResult(view, startedAt), failures }, end, headers }
  } finally {
    progress?.stop()
    clearInterval(token)
    signal.removeEventListener('abort', stop)
    await pool.terminate()
  }
}

/** Without a warm-up the window is known before the start. */
function setWindowAhead(job: LoadJob, values: Float64Array): void {
  const { extent } = job
  if ('passes' in extent) values[Value.windowStartUs] = 0
  else if (job.warmupMaxMs === 0) {
    values[Value.windowStartUs] = 0
    values[Value.windowEndUs] = extent.durationMs * 1000
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
