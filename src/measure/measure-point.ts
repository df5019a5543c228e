import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { LoadProgress } from '../load/control/watch-progress.js'
import type { LoadResult } from '../load/control/load-result.js'
import type { LoadJob } from '../load/load-job.js'
import type { RunLoad } from '../load/run-load.js'
import type { GpuReading } from '../system/machine/watch-gpus.js'
import type { PlannedMeasurement, Point } from '../scenario/plan/plan.js'
import type { MeasurementRecord, Subject } from '../run/manifest.js'
import type { RunningServer } from '../server/running-server.js'
import { firstRequestDeadlineMs } from './check-plan.js'
import { copyBatchLines, quietLogLength } from './copy-batch-lines.js'
import { requireFirstAnswer } from './first-request.js'
import type { ReferenceAnswers } from './reference-answers.js'
import { serverBatching } from './run-servers.js'
import { watchMeasurement } from './watch-measurement.js'
import type { Payload } from '../frames/payload/payload.js'

export interface PointMeasurement {
  point: Point
  planned: PlannedMeasurement
  server: RunningServer
  payload: Payload
  subject: Subject
  /** How answers are read and compared. */
  answers: Pick<ReferenceAnswers, 'shape' | 'comparison'>
  /** The run folder. Files are written to its `samples` folder. */
  folder: string
  latestGpus?: () => GpuReading[]
  /** Number of load threads. With `AutoThreads` the warm-up determines it. */
  threads: LoadJob['threads']
  runLoad: RunLoad
}

/**
 * Measures one repetition of a point on a configured server: checks that the server accepts a request, then runs the
 * load.
 */
export async function measurePoint(
  {
    point,
    planned,
    server,
    payload,
    subject,
    folder,
    answers,
    latestGpus,
    threads,
    runLoad,
  }: PointMeasurement,
  options: { signal: AbortSignal; onProgress: (progress: LoadProgress) => void },
): Promise<MeasurementRecord> {
  const { batching, model, measure, load } = point
  const { framesPerRequest } = batching
  await sendFirstRequests(point, { server, payload, signal: options.signal })
  const name = `samples/point-${planned.point}-repetition-${planned.repetition}`

  async function observe() {
    const logStart = server.logFile === undefined ? 0 : await quietLogLength(server.logFile)
    const watched = {
      server,
      model,
      batching: serverBatching(point),
      latestGpus,
      loadProcessIds: runLoad.processIds?.(),
    }
    return { logStart, watch: await watchMeasurement(watched) }
  }

  let observed = await observe()
  let result: LoadResult
  try {
    result = await runLoad(
      {
        endpoint: server.endpoint,
        payload,
        framesPerRequest,
        load,
        phaseSeed: planned.phaseSeed,
        warmupMaxMs: measure.warmupMaxS * 1000,
        extent:
          measure.passes === undefined
            ? { durationMs: measure.durationS * 1000 }
            : { passes: measure.passes },
        deadlineMs: measure.deadlineMs,
        answer: answers.shape,
        comparison: answers.comparison,
        sampleFile: join(folder, `${name}.bin`),
        threads,
      },
      {
        ...options,
        async onRestart() {
          observed.watch.abandon()
          observed = await observe()
        },
      },
    )
  } catch (error) {
    observed.watch.abandon()
    throw error
  }
  const { observations, machine } = await observed.watch.end(result)
  const { loadThreads, connectionsRetried, ...measured } = result
  await writeFile(join(folder, `${name}.machine.json`), JSON.stringify(machine))
  const clockErrorMs = largestClockErrorMs(result)
  const isJoined = server.logFile !== undefined && clockErrorMs <= mostClockErrorMs
  if (server.logFile !== undefined && isJoined) {
    await copyBatchLines(server.logFile, observed.logStart, join(folder, `${name}.batches.log`))
  }
  return {
    point: planned.point,
    repetition: planned.repetition,
    ...subject,
    sampleFile: `${name}.bin`,
    ...(isJoined && { batchLogFile: `${name}.batches.log` }),
    machineFile: `${name}.machine.json`,
    observations: { ...observations, loadThreads, connectionsRetried },
    notes: server.logFile === undefined || isJoined ? [] : [describeUnrelatedLog(clockErrorMs)],
    ...measured,
  }
}

/** The times of requests and those of the server's log are related only if the clocks are. */
const mostClockErrorMs = 1

/** How far the clocks that the samples were taken with may be from the clock of this machine. */
function largestClockErrorMs({ agents = [] }: LoadResult): number {
  return Math.max(0, ...agents.map(({ clockErrorMs = Number.POSITIVE_INFINITY }) => clockErrorMs))
}

function describeUnrelatedLog(clockErrorMs: number): string {
  const known = Number.isFinite(clockErrorMs)
    ? `are known to within ${Number(clockErrorMs.toPrecision(3))} ms only`
    : 'are not known'
  return `the batches of the server's log are left out: the clocks of the agents ${known}, and ${mostClockErrorMs} ms is needed`
}

/**
 * Sends the first requests of a point, before its load. With `measure.firstRequestS` they fill one batch per worker at
 * once, because a model that compiles itself does so for each new batch size, in each worker.
 *
 * @throws UserError (environment) if the server refuses one, or answers after the deadline of first requests
 */
export async function sendFirstRequests(
  point: Point,
  {
    server,
    payload,
    signal,
  }: { server: Pick<RunningServer, 'endpoint' | 'logFile'>; payload: Payload; signal: AbortSignal },
): Promise<void> {
  const { batching, measure } = point
  const { workers, serverBatchSize } = serverBatching(point)
  const requests = measure.firstRequestS === undefined ? 1 : serverBatchSize * workers
  const options = {
    deadlineMs: firstRequestDeadlineMs(measure),
    deadlineSetting: 'measure.firstRequestS',
    signal,
  }
  await Promise.all(
    Array.from({ length: requests }, () =>
      requireFirstAnswer(server, payload, batching.framesPerRequest, options),
    ),
  )
}
