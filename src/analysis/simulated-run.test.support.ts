import { ModelWorkers } from '../batching/model-workers.js'
import type { BatchingMode, CameraLoad, LoadSettings, Plan, Point } from '../scenario/plan/plan.js'
import { seededRandom } from '../system/seeded-random.js'
import { allocateFrames, allocateRequests, linkFrames } from '../run/columns.js'
import { Outcome, Phase, noRequest, type MeasurementSamples } from '../run/record.js'
import { schemaVersion, type MeasurementRecord, type RunManifest, type Subject } from '../run/manifest.js'
import type { BatchFormed } from '../run/batches-formed.js'

/** A request of a simulated measurement; times in ms. */
interface Job {
  request: number
  client: number
  capturedMs: { camera: number; frame: number; atMs: number }[]
  frames: number
  dueMs: number
  answeredMs: number
}

const tauMs = 7
const alphaMs = 24
/** Where the machine's monotonic clock stood when a measurement began. */
const startedClockUs = 9e9

/** A point with the settings that tests care about; the rest are those of a usual scenario. */
export function pointOf(
  id: number,
  mode: BatchingMode,
  batchSize: number,
  load: LoadSettings,
  changes: Partial<Point> = {},
): Point {
  const framesPerRequest = mode === 'server' ? 1 : mode === 'client' ? batchSize : 2
  const serverBatchSize = batchSize / framesPerRequest
  return {
    id,
    video: { source: 'clip.mp4', width: 640, height: 480, quality: 3 },
    server: { kind: 'embedded', tauMs, alphaMs, jitter: 0.05, workers: 1 },
    model: {
      name: 'resnet-18',
      weights: 'seeded',
      request: { field: 'frame{i}', json: 'object' },
      answer: 'none',
    },
    batching: {
      mode,
      framesPerRequest,
      serverBatchSize,
      batchSize,
      ...(serverBatchSize > 1 ? { maxBatchDelayMs: 50 } : {}),
      encoding: framesPerRequest > 1 ? 'base64' : 'raw',
    },
    load,
    measure: { warmupMaxS: 2, durationS: 10, repetitions: 3, deadlineMs: 5000 },
    slo: { latencyMs: 1000, percentile: 99 },
    ...changes,
  }
}

export function closedLoad(framesInFlight: number): LoadSettings {
  return { kind: 'closed', framesInFlight }
}

export function cameraLoad(cameras: number, fps = 5): CameraLoad {
  return {
    kind: 'cameras',
    cameras,
    fps,
    phases: 'random',
    maxInFlightPerCamera: 1000,
    queue: { policy: 'queue', depth: 1000 },
    camerasPerClient: 1,
  }
}

/** One measurement on a virtual clock: TorchServe's batching with a service time of 7 + 24·b ms, 5 % jitter. */
export function simulateMeasurement(
  point: Point,
  repetition = 1,
): { samples: MeasurementSamples; batches: BatchFormed[]; record: MeasurementRecord } {
  const { load, batching, measure } = point
  const random = seededRandom(point.id * 1000 + repetition)
  const warmupMs = measure.warmupMaxS * 1000
  const endMs = warmupMs + measure.durationS * 1000
  const answered: Job[] = []
  const batches: BatchFormed[] = []
  const workers = new ModelWorkers<Job>(
    {
      serverBatchSize: batching.serverBatchSize,
      maxBatchDelayMs: batching.maxBatchDelayMs ?? 0,
      queueCapacity: 100_000,
      responseTimeoutMs: Infinity,
      loadMs: 0,
    },
    {
      serviceMs: ({ jobs }) =>
        (tauMs + alphaMs * framesOf(jobs)) * (1 + 0.05 * (random() + random() + random() - 1.5)),
      ended(batch, ms) {
        for (const job of batch.jobs) job.answeredMs = ms + 0.3
        answered.push(...batch.jobs)
        batches.push({
          batch: batches.length,
          worker: String(batch.worker),
          requestsFormed: batch.jobs.length,
          framesFormed: framesOf(batch.jobs),
          framesAsked: batching.batchSize,
          handlerMs: ms - batch.dispatchedMs,
          dispatch: batch.reason === 'full' ? 'full' : 'delay',
          members: batch.jobs.map(({ request }) => request),
          handler: {
            entryUs: (batch.dispatchedMs + 0.2) * 1000 + startedClockUs,
            decodedUs: (batch.dispatchedMs + 0.2 + 5 * framesOf(batch.jobs)) * 1000 + startedClockUs,
            inferredUs: (ms - 0.5) * 1000 + startedClockUs,
            exitUs: (ms - 0.1) * 1000 + startedClockUs,
            frames: batch.jobs.map(({ frames }) => frames),
          },
        })
      },
    },
  )
  workers.scaleTo(0, 1)
  if (load.kind === 'closed') {
    let sent = 0
    const send = (client: number, dueMs: number) =>
      workers.arrive(dueMs, {
        request: sent++,
        client,
        capturedMs: [],
        frames: batching.framesPerRequest,
        dueMs,
        answeredMs: 0,
      })
    for (let client = 0; client < load.framesInFlight / batching.framesPerRequest; client++)
      send(client, 1 + client / 100)
    for (let seen = 0; workers.nextMs < Infinity;) {
      workers.advanceTo(workers.nextMs)
      for (; seen < answered.length; seen++) {
        const { client, answeredMs } = answered[seen]!
        if (answeredMs < endMs) send(client, answeredMs)
      }
    }
  } else {
    for (const job of cameraJobs(load.cameras, load.fps, batching.framesPerRequest, endMs, random))
      workers.arrive(job.dueMs, job)
    while (workers.nextMs < Infinity) workers.advanceTo(workers.nextMs)
  }
  const record: MeasurementRecord = {
    point: point.id,
    repetition,
    startedAt: `2026-11-24T10:${String(point.id % 60).padStart(2, '0')}:${String(repetition * 15).padStart(2, '0')}.000Z`,
    startedClockUs,
    sampleFile: `samples/point-${point.id}-repetition-${repetition}.bin`,
    windowStartUs: warmupMs * 1000,
    windowEndUs: endMs * 1000,
    complete: true,
    loadCpuShare: 0.04,
    notes: [],
    ...simulatedSubject,
  }
  return { samples: columnsOf(answered, warmupMs, endMs, random), batches, record }
}

function framesOf(jobs: Job[]): number {
  return jobs.reduce((sum, { frames }) => sum + frames, 0)
}

function cameraJobs(
  cameras: number,
  fps: number,
  framesPerRequest: number,
  endMs: number,
  random: () => number,
): Job[] {
  const jobs: Job[] = []
  for (let camera = 0; camera < cameras; camera++) {
    let waiting: Job['capturedMs'] = []
    const phase = random() * (1000 / fps)
    for (let frame = 0; ; frame++) {
      const atMs = phase + (frame * 1000) / fps
      if (atMs >= endMs) break
      waiting.push({ camera, frame, atMs })
      if (waiting.length < framesPerRequest) continue
      jobs.push({
        request: 0,
        client: camera,
        capturedMs: waiting,
        frames: waiting.length,
        dueMs: atMs,
        answeredMs: 0,
      })
      waiting = []
    }
  }
  jobs.sort((a, b) => a.dueMs - b.dueMs)
  for (const [request, job] of jobs.entries()) job.request = request
  return jobs
}

function columnsOf(jobs: Job[], warmupMs: number, endMs: number, random: () => number): MeasurementSamples {
  const phaseOf = (ms: number) => (ms < warmupMs ? Phase.warmup : ms < endMs ? Phase.measured : Phase.drain)
  const requests = allocateRequests(jobs.length)
  const frames = allocateFrames(jobs.reduce((sum, { capturedMs }) => sum + capturedMs.length, 0))
  let frameRow = 0
  for (const [row, job] of jobs.entries()) {
    requests.request[row] = job.request
    requests.phase[row] = phaseOf(job.dueMs)
    requests.status[row] = 200
    requests.frames[row] = job.frames
    requests.firstFrame[row] = job.request % 375
    requests.client[row] = job.client
    requests.dueUs[row] = job.dueMs * 1000
    requests.sentUs[row] = job.dueMs * 1000 + 30 + 40 * random()
    requests.answeredUs[row] = job.answeredMs * 1000
    requests.connectUs[row] = Number.NaN
    requests.bodyBytes[row] = job.frames * 41_000
    requests.answerBytes[row] = job.frames * 220
    requests.answerDeviation[row] = 6e-7 * random()
    for (let i = 0; i < 16; i++) requests.serverRequestId[row * 16 + i] = Math.floor(random() * 256)
    for (const { camera, frame, atMs } of job.capturedMs) {
      frames.camera[frameRow] = camera
      frames.frame[frameRow] = frame
      frames.request[frameRow] = job.request
      frames.phase[frameRow] = phaseOf(atMs)
      frames.capturedUs[frameRow] = atMs * 1000
      frameRow++
    }
  }
  return linkFrames({ requests, frames })
}

/** Marks the frames of a camera measurement that `which` picks as dropped, as the client's queue would. */
export function dropFrames(samples: MeasurementSamples, which: (index: number) => boolean): void {
  const { frames } = samples
  for (let i = 0; i < frames.count; i++)
    if (which(i)) {
      frames.request[i] = noRequest
      frames.outcome[i] = Outcome.dropped
    }
  linkFrames(samples)
}

/** What each simulated measurement is made on. */
const simulatedSubject: Subject = {
  server: {
    kind: 'embedded',
    label: 'embedded (simulated)',
    details: { 'service time': `${tauMs} ms + ${alphaMs} ms a frame` },
  },
  model: { name: 'resnet-18', weights: 'seeded' },
  video: {
    source: 'clip.mp4',
    frames: 375,
    width: 640,
    height: 480,
    jpegBytesMean: 41_000,
    hash: 'abc123',
  },
}

/** The manifest of a run of these points, as the embedded server would leave it. */
export function manifestOf(points: Point[], records: MeasurementRecord[], name = 'batch-sweep'): RunManifest {
  const plan: Plan = {
    points,
    order: records.map(({ point, repetition }) => ({ point, repetition, phaseSeed: 1 })),
    impossible: [
      { cell: 'client batching 32', reason: '32 frames a request exceed the 16 frames in flight' },
    ],
    merged: [{ cell: 'client batching 1', reason: 'the same as server batching 1' }],
    seed: 1,
    expectedS: 300,
  }
  return {
    schemaVersion,
    framestormVersion: '0.1.0',
    startedAt: '2026-11-24T10:00:00.000Z',
    finishedAt: '2026-11-24T10:05:00.000Z',
    status: 'complete',
    scenario: { name, text: `name: ${name}\n`, hash: 'c0ffee' },
    plan,
    seed: 1,
    environment: { os: 'Linux 6.1', cpu: '2 × Example CPU', memory: '8 GB', node: 'v20.20.2' },
    encodingCosts: [
      { encoding: 'raw', encodeUs: 0.4, bytesMean: 41_000 },
      { encoding: 'base64', encodeUs: 29, bytesMean: 54_700 },
    ],
    measurements: records,
  }
}
