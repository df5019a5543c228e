import { awaitsConfirmation, confirmingMeasure } from './confirming-run.js'
import { allPoints, restartKey, knownWorkers, type Plan, type PlannedPoint } from './plan.js'

/** Duration of each step on a small machine, s. Measured with TorchServe 0.12 and ResNet-18 on two busy cores. */
const stepS = {
  /** Finding ffmpeg, decoding the clip, timing its encodings. */
  video: 5,
  /** Start until a worker answers (measured: 6 to 7 s), and stop of the previous server (2.5 s). */
  start: { auto: 9, torchserve: 9, embedded: 1, url: 0 },
  /** Unregister and register for other batch settings: a worker loads the model again (measured: 2 to 5 s). */
  configure: { auto: 3, torchserve: 3, embedded: 0.1, url: 1 },
  /** Requests in flight when a window ends. */
  drain: 0.7,
  /** A warm-up of up to 3 s is always used in full; beyond that, about half of the maximum is needed. */
  warmup: 3,
  /**
   * A load with `passes` ends after its frames: the assumed frames per second, and the assumed length of a clip without
   * `frames`.
   */
  fps: 30,
  clipFrames: 375,
} as const

/** Expected time of a plan without installation, s: server starts, settings, warm-up, windows. */
export function expectedS({ order, ...points }: Pick<Plan, 'points' | 'ofCeiling' | 'order'>): number {
  const byId = new Map(allPoints(points).map((point) => [point.id, point]))
  let total = 0
  let previous: PlannedPoint | undefined
  for (const { point: id } of order) {
    const point = byId.get(id)
    if (point === undefined) continue
    total += videoS(point, previous) + serverS(point, previous) + measurementS(point)
    previous = point
  }
  return Math.round(total)
}

function videoS({ video }: PlannedPoint, previous: PlannedPoint | undefined): number {
  return JSON.stringify(video) === JSON.stringify(previous?.video) ? 0 : stepS.video
}

function serverS(point: PlannedPoint, previous: PlannedPoint | undefined): number {
  const kind = point.server.kind
  if (previous === undefined || restartKey(previous) !== restartKey(point)) return stepS.start[kind]
  return serverSettings(previous) === serverSettings(point) ? 0 : stepS.configure[kind]
}

function serverSettings({ server, batching }: PlannedPoint): string {
  return JSON.stringify([batching.serverBatchSize, batching.maxBatchDelayMs, knownWorkers({ server })])
}

function measurementS({ measure, load, video }: PlannedPoint): number {
  if (measure.passes === undefined) {
    const { warmupMaxS, durationS } = measure
    const warmupS = Math.min(warmupMaxS, (warmupMaxS + stepS.warmup) / 2)
    return warmupS + durationS + stepS.drain
  }
  const share = 'ofCeiling' in load ? load.ofCeiling : 1
  const fps = 'cameras' in load ? load.cameras * load.fps : share * stepS.fps
  return (measure.passes * (video.frames ?? stepS.clipFrames)) / fps + stepS.drain
}

/** Expected time of the run that confirms the recommendation, s; 0 if none follows the plan. */
export function confirmingS(plan: Pick<Plan, 'points' | 'ofCeiling'>): number {
  const [first] = allPoints(plan)
  if (first === undefined || !awaitsConfirmation(plan)) return 0
  const { server } = first
  return Math.round(
    stepS.configure[server.kind] + measurementS({ ...first, measure: confirmingMeasure(first.measure) }),
  )
}
