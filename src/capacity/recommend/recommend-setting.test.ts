import { expect, test } from 'vitest'
import { collectMeasurements } from '../../analysis/analyse-run.js'
import {
  cameraLoad,
  closedLoad,
  manifestOf,
  pointOf,
  simulateMeasurement,
} from '../../analysis/simulated-run.test.support.js'
import type { MeasurementSummary } from '../../analysis/measurement-summary.js'
import { measurementInput } from '../../run/read-measurement.js'
import type { Point } from '../../scenario/plan/plan.js'
import { nextConfirmingRun } from './confirm-recommendation.js'
import { openRecommender } from './recommend-setting.js'

const scenario = { file: 'sweep.yaml', overrides: ['--server embedded', '--set measure.durationS=4'] }

/** No batching, server batching 4 and client batching 4 under closed and camera load. A batch takes 7 + 24·b ms. */
function sweep(changes: (point: Point) => Partial<Point> = () => ({})): Point[] {
  const loads = [closedLoad(8), cameraLoad(3)]
  return loads
    .flatMap((load, i) => [
      pointOf(3 * i + 1, 'server', 1, load),
      pointOf(3 * i + 2, 'server', 4, load),
      pointOf(3 * i + 3, 'client', 4, load),
    ])
    .map((point) => ({ ...point, ...changes(point) }))
}

type Measured = ReturnType<typeof simulateMeasurement>

/** @param fpsOf the FPS that a repetition measured; default: as simulated */
async function recommend(
  points: Point[],
  change: (measured: Measured, point: Point) => void = () => {},
  {
    repetitions = 1,
    fpsOf = ({ fps }) => fps,
  }: { repetitions?: number; fpsOf?: (summary: MeasurementSummary) => number } = {},
) {
  const measured = points.flatMap((point) =>
    Array.from({ length: repetitions }, (_, i) => {
      const one = simulateMeasurement(point, i + 1)
      change(one, point)
      return one
    }),
  )
  const manifest = manifestOf(
    points,
    measured.map(({ record }) => record),
  )
  const collection = collectMeasurements()
  const recommender = openRecommender({ seed: manifest.plan.seed, scenario })
  for (const { record, samples, batches } of measured) {
    const input = measurementInput(manifest, record, samples, batches.length === 0 ? {} : { batches })
    const summary = collection.add(input)
    recommender.add(input, { ...summary, fps: fpsOf(summary) })
  }
  const analysis = collection.analyse('run', manifest)
  return { manifest, analysis, recommendation: await recommender.recommend(analysis) }
}

/** Rated once: simulating the settings takes most of the time of these tests. */
let ofWholeSweep: ReturnType<typeof recommend> | undefined
const recommendWholeSweep = () => (ofWholeSweep ??= recommend(sweep()))

test('every setting is predicted, the best is recommended, and no prediction is above its ceiling', async () => {
  const { recommendation } = await recommendWholeSweep()
  const { settings, setting, basis, cameras } = recommendation!
  expect(settings).toHaveLength(3)
  expect(setting).toMatchObject({
    mode: 'server',
    serverBatchSize: 4,
    maxBatchDelayMs: 50,
    basis: 'predicted',
  })
  expect(basis).toBe('predicted')
  // 4 frames in 103 ms are 38.8 FPS; one in 31 ms are 32.3 FPS.
  expect(cameras).toBe(7)
  expect(settings.map(({ cameras: each, ceilingFps }) => each * 5 < ceilingFps!)).toEqual([true, true, true])
})

test('a prediction is never above a camera load that was measured and failed', async () => {
  const { recommendation } = await recommend(sweep(), ({ samples }, { id }) => {
    if (id !== 5) return
    // All frames of server batching 4 with 3 cameras are two seconds late.
    const { frames, requests } = samples
    for (let i = 0; i < frames.count; i++) frames.answeredUs[i]! += 2e6
    for (let i = 0; i < requests.count; i++) requests.answeredUs[i]! += 2e6
  })
  const four = recommendation!.settings.find(({ serverBatchSize }) => serverBatchSize === 4)!
  expect(four).toMatchObject({ failsAt: 3, cameras: 2 })
  expect(recommendation!.setting).not.toBe(four)
})

test('a ceiling that a saturated closed load measured bounds a prediction, whatever the batch times say', async () => {
  // Of server batching 4: 38 FPS as simulated, which carry 7 cameras at 5 fps. 24 cannot carry 5.
  const slower = (fps: number) => (summary: MeasurementSummary) => (summary.point === 2 ? fps : summary.fps)
  const camerasOf = async (...how: Parameters<typeof recommend>) =>
    (await recommend(...how)).recommendation!.settings.find(({ serverBatchSize }) => serverBatchSize === 4)!
  const bounded = await camerasOf(sweep(), undefined, { fpsOf: slower(24) })
  expect(bounded).toMatchObject({ cameras: 4, camerasAtMost: 4 })
  // Half of the frames in flight that keep the worker busy show no ceiling.
  const unsaturated = sweep(({ id }) => (id === 2 ? { load: closedLoad(4) } : {}))
  expect((await camerasOf(unsaturated, undefined, { fpsOf: slower(24) })).cameras).toBe(7)
  // The median of the repetitions counts, and their spread is part of its uncertainty.
  const spread = ({ point, repetition, fps }: MeasurementSummary) =>
    point === 2 ? 30 + 4 * (repetition - 2) : fps
  const uncertain = await camerasOf(sweep(), undefined, { repetitions: 3, fpsOf: spread })
  expect(uncertain).toMatchObject({ cameras: 5, camerasAtMost: 6 })
})

test('a setting with a handful of requests and one that was not measured are left out, and named', async () => {
  const points = sweep(({ id }) =>
    id === 3 || id === 6
      ? { measure: { warmupMaxS: 0, durationS: 0.4, repetitions: 1, deadlineMs: 5000 } }
      : {},
  )
  const { recommendation } = await recommend(points)
  expect(recommendation!.leftOut).toMatchObject([
    { point: { batching: { mode: 'client' } }, reason: { kind: 'few-requests', needed: 20 } },
  ])
  expect(recommendation!.settings).toHaveLength(2)
})

test('without the batches of the server, what was measured is recommended, and nothing is to be confirmed', async () => {
  const { recommendation, manifest } = await recommend(sweep(), ({ batches }) => batches.splice(0))
  expect(recommendation).toMatchObject({ basis: 'measured', cameras: 3, setting: { serverBatchSize: 1 } })
  expect(nextConfirmingRun(recommendation!, manifest.plan)).toBeUndefined()
})

test('short windows make it rough, with the command that measures longer ones', async () => {
  const points = sweep(() => ({ measure: { warmupMaxS: 2, durationS: 4, repetitions: 1, deadlineMs: 5000 } }))
  const { recommendation } = await recommend(points)
  expect(recommendation!.estimate).toBe('rough')
  expect(recommendation!.setting.weaknesses[0]).toEqual({ kind: 'short-windows', windowS: 4, neededS: 10 })
  expect(recommendation!.soundCommand).toMatch(
    /^framestorm bench sweep.yaml --server embedded --set measure.durationS=\d\d+$/,
  )
})

test('closed load alone, camera load alone, and cameras without an SLO recommend nothing', async () => {
  const all = sweep()
  for (const points of [all.slice(0, 3), all.slice(3), all.map((point) => ({ ...point, slo: undefined }))])
    expect((await recommend(points)).recommendation).toBeUndefined()
})

test('the confirming run has the predicted number of cameras, in a window that is long enough', async () => {
  const { recommendation, manifest } = await recommendWholeSweep()
  const { point, planned } = nextConfirmingRun(recommendation!, manifest.plan)!
  expect(point).toMatchObject({
    id: 7,
    purpose: 'confirming',
    batching: { mode: 'server', serverBatchSize: 4 },
    load: { kind: 'cameras', cameras: 7, fps: 5 },
    measure: { repetitions: 1 },
  })
  // Two late requests of 35 per second are allowed for.
  expect(point.measure.durationS).toBeGreaterThan(15)
  expect(planned).toMatchObject({ point: 7, repetition: 1 })
})

test('a second one has fewer cameras, and no third one follows', async () => {
  const { recommendation, manifest } = await recommendWholeSweep()
  const failed = (cameras: number) => ({
    cameras,
    windowS: 20,
    verdict: { decision: 'fail', binding: 'latency' },
  })
  const after = (...confirmations: object[]) =>
    nextConfirmingRun(
      { ...recommendation!, confirmations } as NonNullable<typeof recommendation>,
      manifest.plan,
    )
  expect(after(failed(7))?.point.load).toMatchObject({ cameras: 6 })
  expect(after(failed(7), failed(6))).toBeUndefined()
  expect(after({ ...failed(7), verdict: { decision: 'pass' } })).toBeUndefined()
})
