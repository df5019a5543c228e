import { allocateFrames, allocateRequests } from '../../run/columns.js'
import { drawServiceMs } from '../../batching/service-time.js'
import { ModelWorkers } from '../../batching/model-workers.js'
import type { ClosedLoad, PlannedMeasurement, Point } from '../../scenario/plan/plan.js'
import { mixSeeds, seededRandom, type Random } from '../../system/seeded-random.js'
import { phaseAt } from '../../load/control/load-control.js'
import type { BatchFormed } from '../../run/batches-formed.js'
import { summariseMeasurement } from '../../analysis/measurement-summary.js'
import type { LabelSetting } from '../capacity-setting.js'
import type { MeasuredPoint } from './point-measurer.js'
import { defaultAnswerTolerance, type MeasurementInput } from '../../run/read-measurement.js'
import { Fifo } from '../../system/fifo.js'
import type { ServiceTimes } from '../simulator/service-model.js'
import type { RequestOverhead } from '../simulator/simulate-cameras.js'
import {
  simulatedMeasurement,
  type SimulatedMeasurement,
} from '../simulator/simulated-samples.test.support.js'
import { simulatedServer } from '../simulator/simulated-setting.js'

/** What tests call a setting; deliberately unlike any label that people see. */
export const label: LabelSetting = ({ batching }, workers) =>
  `${batching.mode} ${batching.batchSize}, workers ${workers}`

export function summarised(input: MeasurementInput): MeasuredPoint {
  return { input, summary: summariseMeasurement(input).summary }
}

/** A server with t(b) = τ + α·b to measure on the virtual clock, in place of a real one. */
export interface VirtualServer {
  tauMs: number
  alphaMs: number
  jitter: number
  workers: number
  /** Between two batches of a worker; no handler time. */
  lossMs: number
  overhead: RequestOverhead
  /** Whether it reports its batches. */
  logs: boolean
  /** In place of `tauMs`, `alphaMs` and `jitter`. */
  serviceTimes?: ((random: Random) => ServiceTimes) | undefined
}

const warmupMs = 1000

/** Measures a point as measurePoint does, without time passing. */
export function virtualMeasurement(
  server: VirtualServer,
  point: Point,
  planned: PlannedMeasurement,
): MeasurementInput {
  const random = seededRandom(mixSeeds(planned.point, planned.repetition, planned.phaseSeed))
  const drawn = server.serviceTimes?.(random) ?? ((frames: number) => drawServiceMs(server, frames, random))
  const times: ServiceTimes = (frames) => drawn(frames) + server.lossMs
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
    { ...simulatedServer(point, count), serverBatchSize, responseTimeoutMs: Infinity, loadMs: 0 },
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
  const requests = allocateRequests(done.length)
  requests.connectUs.fill(Number.NaN)
  requests.answerDeviation.fill(Number.NaN)
  requests.status.fill(200)
  requests.frames.fill(framesPerRequest)
  requests.bodyBytes.fill(50_000 * framesPerRequest)
  requests.answerBytes.fill(300 * framesPerRequest)
  for (const [row, { request, sentUs, answeredUs }] of done.entries()) {
    requests.request[row] = request
    requests.phase[row] = phaseAt(sentUs, windowStartUs, windowEndUs)
    requests.dueUs[row] = sentUs
    requests.sentUs[row] = sentUs
    requests.answeredUs[row] = answeredUs
  }
  return {
    samples: { requests, frames: allocateFrames(0) },
    batches,
    windowStartUs,
    windowEndUs,
  }
}
