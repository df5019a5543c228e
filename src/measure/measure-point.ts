import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { LoadProgress } from '../load/control/watch-progress.js'
import type { LoadResult } from '../load/control/load-result.js'
import type { LoadJob } from '../load/load-job.js'
import { runLoad } from '../load/run-load.js'
import type { GpuReading } from '../system/machine/watch-gpus.js'
import type { PlannedMeasurement, Point } from '../scenario/plan/plan.js'
import type { MeasurementRecord, Subject } from '../run/manifest.js'
import { endpointUrl, type Endpoint } from '../server/endpoint.js'
import type { RunningServer } from '../server/running-server.js'
import { firstRequestDeadlineMs } from './check-plan.js'
import { copyBatchLines, quietLogLength } from './copy-batch-lines.js'
import type { ReferenceAnswers } from './reference-answers.js'
import { serverBatching } from './run-servers.js'
import { watchMeasurement } from './watch-measurement.js'
import { ExitCode, UserError } from '../system/user-error.js'
import type { Payload } from '../frames/payload/payload.js'
import { type PostOptions, postFrames } from '../load/post-frames.js'

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
}

/**
 * Measures one repetition of a point on a configured server: checks that the server accepts a request, then runs the
 * load.
 */
export async function measurePoint(
  { point, planned, server, payload, subject, folder, answers, latestGpus, threads }: PointMeasurement,
  options: { signal: AbortSignal; onProgress: (progress: LoadProgress) => void },
): Promise<MeasurementRecord> {
  const { batching, model, measure, load } = point
  const { framesPerRequest } = batching
  await probeServer(server.endpoint, payload, framesPerRequest, {
    deadlineMs: firstRequestDeadlineMs(measure),
    deadlineSetting: 'measure.firstRequestS',
    signal: options.signal,
  })
  const name = `samples/point-${planned.point}-repetition-${planned.repetition}`

  async function observe() {
    const logStart = server.logFile === undefined ? 0 : await quietLogLength(server.logFile)
    const watched = { server, modelName: model.name, batching: serverBatching(point), latestGpus }
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
  const { loadThreads, ...measured } = result
  await writeFile(join(folder, `${name}.machine.json`), JSON.stringify(machine))
  if (server.logFile !== undefined) {
    await copyBatchLines(server.logFile, observed.logStart, join(folder, `${name}.batches.log`))
  }
  return {
    point: planned.point,
    repetition: planned.repetition,
    ...subject,
    sampleFile: `${name}.bin`,
    ...(server.logFile !== undefined && { batchLogFile: `${name}.batches.log` }),
    machineFile: `${name}.machine.json`,
    observations: { ...observations, loadThreads },
    notes: [],
    ...measured,
  }
}

/**
 * Sends one request of the load before the measurement. If the model rejects it, the measurement would consist of
 * errors only.
 * @throws UserError (environment) with the server's answer if its status is not 200
 */
async function probeServer(
  endpoint: Endpoint,
  payload: Payload,
  framesPerRequest: number,
  options: PostOptions,
): Promise<void> {
  const frames = Array.from({ length: framesPerRequest }, (_, place) => place % (payload.offsets.length - 1))
  const { status, body } = await postFrames(endpoint, payload, frames, options)
  if (status === 200) return
  const text = Buffer.from(body).toString('utf8')
  throw new UserError('the server rejected the first request', {
    where: endpointUrl(endpoint),
    expected: 'status 200',
    received: `status ${status}`,
    ...(text !== '' && { excerpt: text.slice(0, 2000) }),
    remedy: remedyFor(status, text),
    exitCode: ExitCode.environment,
  })
}

/** TorchServe answers 400 InvalidKeyException, not 401, if a token is required (util/TokenAuthorization.java). */
function remedyFor(status: number, text: string): string {
  if (status === 404) return 'Check that model.name is the name under which the server serves the model.'
  if (status === 413)
    return 'Increase max_request_size in the config.properties of the server, or send fewer frames per request.'
  if (text.includes('Worker died'))
    return 'The worker of the model exited while it processed this request. It ran out of memory or was killed. Read the end of the server’s log.'
  if (text.includes('InvalidKeyException'))
    return 'Set server.tokenEnv to the environment variable that holds the inference token. Tokens expire after 60 minutes.'
  return 'Check that the model accepts this request. model.request sets the names of the frames, and batching.encoding sets their encoding.'
}
