import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads'
import { nowUs } from '../system/now-us.js'
import { createSampleFile } from '../run/sample-writer.js'
import { createLoadControl, Flag, Value, viewLoadControl } from './control/load-control.js'
import { loadResult } from './control/load-result.js'
import { watchProgress } from './control/watch-progress.js'
import { watchThreads } from './control/watch-threads.js'
import { scheduleSettingsOf } from './drive/create-driver.js'
import { resolveTarget } from './http/resolve-target.js'
import { tokenFromEnvironment } from './http/request-head.js'
import type { LoadJob, RunLoad } from './load-job.js'
import type { LoadThreadData } from './load-thread.js'
import type { PacerData } from './pacer-thread.js'

/** Far enough ahead that every thread has the news before. */
const startAheadUs = 2000

/**
 * Runs one measurement. The calling thread only watches: sending, reading, checking and writing happen in load
 * threads, pacing in pacer threads, so that nothing that the caller does (reports, progress, files) delays a send.
 *
 * A failure that stops it (disk full, server not to be reached) rejects with a UserError; the samples until then
 * stay in `job.sampleFile`.
 */
export const runLoad: RunLoad = async (job, { signal, onProgress }) => {
  tokenFromEnvironment(job.endpoint, process.env)
  const target = await resolveTarget(job.endpoint, job.deadlineMs)
  createSampleFile(job.sampleFile)
  const control = createLoadControl(job.threads)
  const view = viewLoadControl(control)
  setWindowAhead(job, view.values)
  const settings = scheduleSettingsOf(job)
  const loads: Worker[] = []
  const pacers: Worker[] = []
  for (let thread = 0; thread < job.threads; thread++) {
    const { port1, port2 } = new MessageChannel()
    const paced = settings !== undefined
    const load: LoadThreadData = { job, control, thread, target, pacerPort: paced ? port1 : undefined }
    loads.push(startThread('./load-thread.js', load, paced ? [port1] : []))
    if (!paced) continue
    const pacer: PacerData = { control, schedule: settings, thread, port: port2 }
    pacers.push(startThread('./pacer-thread.js', pacer, [port2]))
  }
  const stop = () => Atomics.store(view.flags, Flag.stopAsked, 1)
  signal.addEventListener('abort', stop)
  if (signal.aborted) stop()
  const crew = watchThreads(loads, pacers)
  const progress = onProgress === undefined ? undefined : watchProgress(view, onProgress)
  try {
    await crew.ready
    const startedAt = new Date().toISOString()
    view.values[Value.startUs] = nowUs() + startAheadUs
    for (const load of loads) load.postMessage('start')
    Atomics.store(view.flags, Flag.started, 1)
    Atomics.notify(view.flags, Flag.started)
    await crew.done
    return loadResult(view, startedAt)
  } finally {
    progress?.stop()
    signal.removeEventListener('abort', stop)
    await Promise.all([...loads, ...pacers].map((worker) => worker.terminate()))
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

function startThread(file: string, data: object, transferList: MessagePort[]): Worker {
  return new Worker(new URL(file, import.meta.url), { workerData: data, transferList })
}
