import { drawServiceMs } from '../../batching/service-time.js'
import { ModelWorkers } from '../../batching/model-workers.js'
import type { PlannedMeasurement, Point } from '../../scenario/plan/plan.js'
import { mixSeeds, seededRandom } from '../../system/seeded-random.js'
import { phaseAt } from '../../load/control/load-control.js'
import type { ClosedLoad } from '../../scenario/schema/settings.js'
import type { BatchFormed } from '../../run/batches-formed.js'
import { defaultAnswerTolerance } from '../../analysis/answer-check.js'
import type { MeasurementInput } from '../../run/measurement-input.js'
import { Fifo } from '../../system/fifo.js'
import type { ServiceTimes } from '../simulator/service-model.js'
import type { RequestOverhead } from '../simulator/simulate-cameras.js'
import type { SimulatedMeasurement } from '../simulator/simulated-samples.js'
import { simulatedMeasurement } from '../simulator/simulated-samples.js'
import { simulatedServer } from '../simulator/simulated-setting.js'

/** A server with t(b) = τ + α·b to measure on the virtual clock, in place of a real one. */
export interface VirtualServer {
  tauMs: number
  alphaMs: number
  jitter: number
  workers: number
  /** Between two batches of a worker; no handler time. */
  lossMs: number
  overhead: RequestOverhead
  /** Whether it tells of its batches. */
  logs: boolean
}

const warmupMs = 1000

/** Measures a point as measurePoint does, without time passing. */
export function virtualMeasurement(
  server: VirtualServer,
  point: Point,
  planned: PlannedMeasurement,
): MeasurementInput {
  const random = seededRandom(mixSeeds(planned.point, planned.repetition, planned.phaseSeed))
  const times: ServiceTimes = (frames) => drawServiceMs(server, frames, random) + server.lossMs
  const windowMs = point.measure.durationS * 1000
  const measured =
    point.load.kind === 'closed'
      ? closedMeasurement(server, point, point.load, times, windowMs)
      : simulatedMeasurement(
          {
            load: point.load,
            framesPerRequest: point.batching.framesPerRequest,
            server: simulatedServer(point, server.workers),
            overhead: server.overhead,
            deadlineMs: point.measure.deadlineMs,
            phaseSeed: planned.phaseSeed,
            warmupMs,
            windowMs,
          },
          times,
        )
  const { samples, batches, windowStartUs, windowEndUs } = measured
  return {
    point,
    record: {
      point: planned.point,
      repetition: planned.repetition,
      startedAt: new Date(planned.point * 1e6 + planned.repetition * 1000).toISOString(),
      sampleFile: '',
      windowStartUs,
      windowEndUs,
      complete: true,
      loadCpuShare: 0.1,
      notes: [],
    },
    samples,
    ...(server.logs && {
      batches: batches.map((batch) => ({ ...batch, handlerMs: batch.handlerMs! - server.lossMs })),
    }),
    answerTolerance: defaultAnswerTolerance,
  }
}

interface ClosedRequest {
  request: number
  sentUs: number
  answeredUs: number
}

function closedMeasurement(
  { workers: count, overhead }: VirtualServer,
  point: Point,
  load: ClosedLoad,
  times: ServiceTimes,
  windowMs: number,
): SimulatedMeasurement {
  const { framesPerRequest, serverBatchSize } = point.batching
  const windowStartUs = warmupMs * 1000
  const windowEndUs = windowStartUs + windowMs * 1000
  const done: ClosedRequest[] = []
  const batches: BatchFormed[] = []
  const onTheWay = new Fifo<ClosedRequest>()
  let sent = 0
  const send = (sentUs: number) => onTheWay.push({ request: sent++, sentUs, answeredUs: Number.NaN })
  const answers = new Fifo<ClosedRequest>()
  const workers = new ModelWorkers<ClosedRequest>(
    { ...simulatedServer(point, count), batchSize: serverBatchSize, responseTimeoutMs: Infinity, loadMs: 0 },
    {
      serviceMs: ({ jobs }) => times(jobs.length * framesPerRequest),
      ended({ jobs, dispatchedMs }, endMs) {
        batches.push({
          batch: batches.length,
          requestsFormed: jobs.length,
          framesFormed: jobs.length * framesPerRequest,
          framesAsked: point.batching.batchSize,
          handlerMs: endMs - dispatchedMs,
          members: jobs.map(({ request }) => request),
        })
        for (const job of jobs) answers.push({ ...job, answeredUs: (endMs + overhead.answerMs) * 1000 })
      },
    },
  )
  workers.scaleTo(0, count)
  for (let i = 0; i < load.framesInFlight / framesPerRequest; i++) send(0)
  for (let nowUs = 0; nowUs < windowEndUs;) {
    const arrivesUs = (onTheWay.peek()?.sentUs ?? Infinity) + overhead.sendMs * 1000
    const answeredUs = answers.peek()?.answeredUs ?? Infinity
    nowUs = Math.min(arrivesUs, workers.nextMs * 1000, answeredUs)
    if (arrivesUs === nowUs) workers.arrive(nowUs / 1000, onTheWay.shift()!)
    else if (answeredUs === nowUs) {
      done.push(answers.shift()!)
      send(nowUs)
    } else workers.advanceTo(workers.nextMs)
  }
  const n = done.length
  return {
    samples: {
      requests: {
        count: n,
        request: Uint32Array.from(done, ({ request }) => request),
        phase: Uint8Array.from(done, ({ sentUs }) => phaseAt(sentUs, windowStartUs, windowEndUs)),
        outcome: new Uint8Array(n),
        status: new Uint16Array(n).fill(200),
        frames: new Uint16Array(n).fill(framesPerRequest),
        firstFrame: new Uint32Array(n),
        client: new Uint32Array(n),
        dueUs: Float64Array.from(done, ({ sentUs }) => sentUs),
        sentUs: Float64Array.from(done, ({ sentUs }) => sentUs),
        answeredUs: Float64Array.from(done, ({ answeredUs }) => answeredUs),
        connectUs: new Float64Array(n).fill(Number.NaN),
        bodyBytes: new Uint32Array(n).fill(50_000 * framesPerRequest),
        answerBytes: new Uint32Array(n).fill(300 * framesPerRequest),
        answerDeviation: new Float32Array(n).fill(Number.NaN),
        serverRequestId: new Uint8Array(16 * n),
      },
      frames: {
        count: 0,
        camera: new Uint32Array(),
        frame: new Uint32Array(),
        request: new Uint32Array(),
        phase: new Uint8Array(),
        outcome: new Uint8Array(),
        capturedUs: new Float64Array(),
      },
    },
    batches,
    windowStartUs,
    windowEndUs,
  }
}
