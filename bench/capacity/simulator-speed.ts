/*
 * The simulator's speed and memory: 10,000 cameras at 10 fps for 60 s, server batching 16 (delay 10 ms), on enough
 * workers with t(b) = 8 + 2·b ms. Then its mean latency against the closed-form bound of Inoue (Poisson arrivals,
 * one worker that takes all waiting requests).
 *
 *   node dist/bench/capacity/simulator-speed.js [cameras]
 */
import { standardDeviation } from 'simple-statistics'
import { inoueBoundMs } from './inoue-bound.js'
import { type SimulationSettings, simulateCameras } from '../../src/capacity/simulator/simulate-cameras.js'
import type { CameraLoad } from '../../src/scenario/plan/plan.js'

const say = (text: string) => process.stdout.write(`${text}\n`)
const cameras = Number(process.argv[2] ?? 10_000)

const load: CameraLoad = {
  kind: 'cameras',
  cameras,
  fps: 10,
  phases: 'random',
  maxInFlightPerCamera: 8,
  queue: { policy: 'queue', depth: 1000 },
  camerasPerClient: 1,
}
const [tauMs, alphaMs] = [8, 2]

function simulate(changes: Partial<SimulationSettings>): {
  frames: number
  batches: number
  meanMs: number
  errorMs: number
} {
  const result = { frames: 0, batches: 0, sumUs: 0 }
  const blocks = Array.from({ length: 20 }, () => ({ frames: 0, sumUs: 0 }))
  const windowMs = changes.windowMs ?? 60_000
  simulateCameras(
    {
      load,
      framesPerRequest: 1,
      // A full batch every 40 ms is 400 frames per second. 25 % more workers than needed.
      server: {
        serverBatchSize: 16,
        maxBatchDelayMs: 10,
        workers: Math.ceil((1.25 * cameras * 10) / 400),
        queueCapacity: 100_000,
      },
      overhead: { sendMs: 1, answerMs: 1 },
      deadlineMs: 5000,
      phaseSeed: 1,
      warmupMs: 0,
      windowMs,
      ...changes,
    },
    (frames) => tauMs + alphaMs * frames,
    {
      settled(request, _, atUs) {
        result.frames += request.frames.length
        for (const { capturedUs } of request.frames) {
          result.sumUs += atUs - capturedUs
          const block = blocks[Math.min(19, Math.floor(capturedUs / windowMs / 50))]!
          block.frames++
          block.sumUs += atUs - capturedUs
        }
      },
      batch: () => result.batches++,
    },
  )
  const means = blocks.filter(({ frames }) => frames > 0).map((block) => block.sumUs / block.frames / 1000)
  return {
    ...result,
    meanMs: result.sumUs / result.frames / 1000,
    errorMs: standardDeviation(means) / Math.sqrt(means.length),
  }
}

const began = performance.now()
const cpuBefore = process.cpuUsage()
const { frames, batches, meanMs } = simulate({})
const cpu = process.cpuUsage(cpuBefore)
const wallS = (performance.now() - began) / 1000
say(
  `${cameras} cameras at 10 fps for 60 s: ${frames} frames in ${batches} batches, mean latency ${meanMs.toFixed(1)} ms; ` +
    `${((cpu.user + cpu.system) / 1e6).toFixed(1)} s of CPU, ${wallS.toFixed(1)} s of wall time, ` +
    `${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB`,
)

say('load  simulated mean (± 2 standard errors)  bound of Inoue  below it by')
for (const utilisation of [0.1, 0.2, 0.4, 0.6, 0.8, 0.9]) {
  const arrivalsPerMs = utilisation / alphaMs
  const { meanMs: simulatedMs, errorMs } = simulate({
    load: {
      ...load,
      cameras: 1,
      fps: 1000 * arrivalsPerMs,
      phases: 'poisson',
      maxInFlightPerCamera: 1e9,
    },
    server: { serverBatchSize: 1e9, maxBatchDelayMs: 1e-6, workers: 1, queueCapacity: 1e9 },
    overhead: { sendMs: 0, answerMs: 0 },
    deadlineMs: 1e9,
    warmupMs: 1000,
    windowMs: 3_000_000,
  })
  const boundMs = inoueBoundMs(arrivalsPerMs, tauMs, alphaMs)
  const below = 1 - simulatedMs / boundMs
  say(
    `${utilisation.toFixed(1).padStart(4)}  ${simulatedMs.toFixed(2).padStart(11)} ms ± ${(2 * errorMs).toFixed(2).padEnd(20)}  ${boundMs.toFixed(2).padStart(11)} ms  ` +
      `${(100 * below).toFixed(1).padStart(9)} %`,
  )
  if (simulatedMs - 2 * errorMs > boundMs) process.exitCode = 1
}
