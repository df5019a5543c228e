import { ModelWorkers } from '../../src/batching/model-workers.js'
import { drawServiceMs } from '../../src/batching/service-time.js'
import type { RepetitionMetrics } from '../../src/analysis/metrics.js'
import type { Random } from '../../src/system/seeded-random.js'
import { computePercentile } from '../../src/analysis/percentile.js'

/** A server during a repetition: the service-time model, slowed by the machine and by the change. */
export interface SimulatedServer {
  tauMs: number
  alphaMs: number
  jitter: number
  /** Multiplies every service time. */
  slowdown: number
  /** Share of the batches that take three times as long. */
  slowBatches: number
}

export interface SimulatedLoad {
  framesInFlight: number
  serverBatchSize: number
  maxBatchDelayMs: number
  warmupMs: number
  durationMs: number
}

/** Client deadlines and restarts do not matter, because a batch never fails here. */
const never = Number.POSITIVE_INFINITY

/**
 * One repetition under closed load, on the virtual clock: TorchServe's batching as the embedded server runs it, a
 * client that sends the next frame when one is answered, and the figures of the analysis.
 */
export function simulateRepetition(
  server: SimulatedServer,
  load: SimulatedLoad,
  random: Random,
): RepetitionMetrics {
  const { framesInFlight, serverBatchSize, maxBatchDelayMs, warmupMs, durationMs } = load
  const endMs = warmupMs + durationMs
  let answered: { sentMs: number; endMs: number }[] = []
  const workers = new ModelWorkers<{ sentMs: number }>(
    {
      serverBatchSize,
      maxBatchDelayMs,
      queueCapacity: framesInFlight,
      responseTimeoutMs: never,
      loadMs: 0,
    },
    {
      serviceMs: ({ jobs }) =>
        drawServiceMs(server, jobs.length, random) *
        server.slowdown *
        (server.slowBatches > 0 && random() < server.slowBatches ? 3 : 1),
      ended: ({ jobs }, endMs) => {
        for (const { sentMs } of jobs) answered.push({ sentMs, endMs })
      },
    },
  )
  workers.scaleTo(0, 1)
  for (let slot = 0; slot < framesInFlight; slot++) workers.arrive(0, { sentMs: 0 })
  const latencies: number[] = []
  const answeredMs: number[] = []
  let fromMs = warmupMs
  while (workers.nextMs <= endMs) {
    workers.advanceTo(workers.nextMs)
    const done = answered
    answered = []
    for (const { sentMs, endMs: atMs } of done) {
      if (atMs <= warmupMs) fromMs = atMs
      else {
        answeredMs.push(atMs)
        if (sentMs >= warmupMs) latencies.push(atMs - sentMs)
      }
      workers.arrive(atMs, { sentMs: atMs })
    }
  }
  const sorted = Float64Array.from(latencies).toSorted()
  return {
    values: {
      // From answer to answer, like the throughput of a closed load.
      fps: answeredMs.length / ((answeredMs.at(-1)! - fromMs) / 1000),
      requestLatencyP50Ms: computePercentile(sorted, 0.5)?.value,
      requestLatencyP99Ms: computePercentile(sorted, 0.99)?.value,
      errorRate: 0,
    },
    requestsOk: latencies.length,
    durationS: durationMs / 1000,
    invalid: [],
  }
}
