import { meanServiceMs, type ServiceTimeModel } from '../../src/batching/service-time.js'
import type { ServiceTimes } from '../../src/capacity/simulator/service-model.js'
import type { SimulatedSetting } from '../../src/capacity/simulator/simulated-setting.js'
import { mixSeeds, seededRandom, type Random } from '../../src/system/seeded-random.js'
import type { BatchFormed } from '../../src/run/batches-formed.js'

export interface SeededServer {
  setting: SimulatedSetting
  times: ServiceTimeModel
  /** Service noise: lognormal and first-order autoregressive, like the slow phases of a real machine. */
  noise: { deviation: number; correlation: number }
  /** Number of cameras that send as many frames as its workers can serve at most. */
  saturationCameras: number
}

const pick = <T>(random: Random, items: readonly T[]): T => items[Math.floor(random() * items.length)]!

/** A server and a setting from a seed; nothing is chosen to suit the search. */
export function seededServer(seed: number): SeededServer {
  const random = seededRandom(mixSeeds(seed, 0x5ea))
  const fps = pick(random, [2, 5, 10, 15])
  const batchSize = pick(random, [1, 2, 4, 8, 16])
  const client = random() < 0.3 && batchSize > 1
  const workers = pick(random, [1, 2, 4])
  const camerasPerClient = client ? pick(random, [1, 4]) : 1
  // Evenly distributed in the logarithm; at least 15 edge devices.
  const saturationCameras = Math.max(15 * camerasPerClient, 15 * 20 ** random())
  const fullMs = (1000 * workers * batchSize) / (saturationCameras * fps)
  const tauMs = fullMs * (0.1 + 0.8 * random())
  const alphaMs = (fullMs - tauMs) / batchSize
  const maxBatchDelayMs = pick(random, [5, 10, 20, 50, 100])
  // The latency of a frame that never queues, and some time for queueing.
  const fillMs = client ? ((batchSize - 1) / (camerasPerClient * fps)) * 1000 : 0
  const delayMs = batchSize > 1 && !client ? maxBatchDelayMs : 0
  const sloMs = Math.ceil((1.5 + 2 * random()) * fullMs + delayMs + fillMs) + 10
  return {
    setting: {
      load: {
        kind: 'cameras',
        fps,
        phases: 'random',
        maxInFlightPerCamera: 4,
        queue: { policy: 'queue', depth: 100 },
        camerasPerClient,
        ...(client && { fillDeadlineMs: 2 * fillMs }),
      },
      framesPerRequest: client ? batchSize : 1,
      server: {
        serverBatchSize: client ? 1 : batchSize,
        maxBatchDelayMs,
        workers,
        queueCapacity: 10_000,
      },
      overhead: { sendMs: 1, answerMs: 1 },
      deadlineMs: 4 * sloMs,
      warmupMs: 1000,
      sloMs,
    },
    times: { tauMs, alphaMs, jitter: 0 },
    noise: { deviation: 0.01 + 0.05 * random(), correlation: 0.9 * random() },
    saturationCameras,
  }
}

/** The true behaviour of a seeded server. A search sees it through measurements only. */
export function trueServiceTimes({ times, noise }: SeededServer): (random: Random) => ServiceTimes {
  return (random) => {
    const innovation = noise.deviation * Math.sqrt(1 - noise.correlation ** 2)
    let log = noise.deviation * normal(random)
    return (frames) => {
      log = noise.correlation * log + innovation * normal(random)
      return meanServiceMs(times, frames) * Math.exp(log)
    }
  }
}

/** 200 consecutive batches of each size, as in a calibration under closed load. */
export function calibrationBatches(server: SeededServer, seed: number): BatchFormed[] {
  const draw = trueServiceTimes(server)(seededRandom(mixSeeds(seed, 0xca1)))
  const largest = server.setting.framesPerRequest * server.setting.server.serverBatchSize
  const sizes = [1, 2, 4, 8, 16, 32].filter((size) => size <= largest)
  return sizes
    .flatMap((frames) => Array.from({ length: 200 }, () => frames))
    .map((frames, batch) => ({
      batch,
      requestsFormed: frames,
      framesFormed: frames,
      framesAsked: frames,
      handlerMs: draw(frames),
      members: [],
    }))
}

export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}
