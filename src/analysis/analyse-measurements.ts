import { ExitCode } from '../system/user-error.js'
import type { RunManifest } from '../run/run-manifest.js'
import { parseThresholds } from '../scenario/grammar/threshold.js'
import type { Encoding } from '../scenario/schema/settings.js'
import { defaultAnswerTolerance } from './answer-check.js'
import { groupBy } from './group-by.js'
import type { Beside, MeasurementInput } from '../run/measurement-input.js'
import { type MeasurementSummary, summariseMeasurement } from './measurement-summary.js'
import { summarisePoint, type MeasuredRepetition } from './point-summary.js'
import type { RunAnalysis } from './run-analysis.js'
import { addBatchTimes, type BatchTimes, fitServiceTime } from './service-time.js'
import { redactPaths, withoutFolder } from './redact-paths.js'
import { evaluateThresholds } from './thresholds.js'
import { decideVerdict } from './verdict.js'

/** The measurements of one run, taken in one after the other, in any order. */
export interface MeasurementCollection {
  /** The figures of one measurement. Besides them only its latencies are kept, to be pooled: 16 bytes per request. */
  add: (input: MeasurementInput) => MeasurementSummary
  /** Everything that is said about the run. */
  analyse: (run: string, manifest: RunManifest) => RunAnalysis
}

export function collectMeasurements(): MeasurementCollection {
  const measured: MeasuredRepetition[] = []
  const batchTimes = new Map<Encoding, BatchTimes>()
  return {
    add(input) {
      const repetition = summariseMeasurement(input)
      measured.push(repetition)
      const { encoding } = input.point.batching
      const times = batchTimes.get(encoding) ?? new Map()
      addBatchTimes(times, input.batches ?? [])
      batchTimes.set(encoding, times)
      return repetition.summary
    },
    analyse: (run, manifest) => analyseCollected(run, manifest, measured, batchTimes),
  }
}

/** As `collectMeasurements`, for measurements that are at hand already. */
export async function analyseMeasurements(
  run: string,
  manifest: RunManifest,
  measurements: AsyncIterable<MeasurementInput> | Iterable<MeasurementInput>,
): Promise<RunAnalysis> {
  const collection = collectMeasurements()
  for await (const input of measurements) collection.add(input)
  return collection.analyse(run, manifest)
}

function analyseCollected(
  run: string,
  manifest: RunManifest,
  unordered: readonly MeasuredRepetition[],
  batchTimes: ReadonlyMap<Encoding, BatchTimes>,
): RunAnalysis {
  const measured = unordered.toSorted(
    (a, b) => a.summary.point - b.summary.point || a.summary.repetition - b.summary.repetition,
  )
  const byPoint = groupBy(measured, ({ summary }) => summary.point)
  const plan = redactPaths(manifest.plan)
  const points = plan.points.flatMap((point) => summarisePoint(point, byPoint.get(point.id) ?? []) ?? [])
  const verdict = decideVerdict(points, {
    measured: measured.filter(({ summary }) => summary.complete).length,
    planned: plan.order.length,
  })
  const thresholds = evaluateThresholds(parseThresholds(manifest.scenario.thresholds ?? []), points)
  const { framestormVersion, startedAt, finishedAt, status, scenario, seed, environment } = manifest
  const { server, model, video, encodingCosts, answerReference } = manifest
  return {
    run,
    framestormVersion,
    startedAt,
    finishedAt,
    status,
    scenario,
    seed,
    environment,
    server,
    model: model && { ...model, weights: withoutFolder(model.weights) },
    video: video && { ...video, source: withoutFolder(video.source) },
    encodingCosts,
    answerReference,
    plan,
    measurements: measured.map(({ summary }) => summary),
    points,
    serviceTimes: [...batchTimes].flatMap(([encoding, times]) => {
      const fitted = fitServiceTime(times)
      return fitted === undefined ? [] : [{ encoding, ...fitted }]
    }),
    verdict,
    thresholds,
    exitCode:
      verdict.invalidPoints.length > 0
        ? ExitCode.invalid
        : thresholds.some((result) => result.verdict === 'FAIL')
          ? ExitCode.regression
          : ExitCode.pass,
  }
}

/** What `summariseMeasurement` needs to know of the run besides the samples. */
export function measurementInput(
  manifest: RunManifest,
  record: MeasurementInput['record'],
  samples: MeasurementInput['samples'],
  beside: Beside = {},
): MeasurementInput {
  const point = manifest.plan.points.find(({ id }) => id === record.point)
  if (point === undefined)
    throw new Error(`run.json has a measurement of point ${record.point}, which is not planned`)
  return { point, record, samples, ...beside, answerTolerance: toleranceOf(manifest) }
}

function toleranceOf({ answerReference }: RunManifest): number {
  if (answerReference === undefined) return defaultAnswerTolerance
  // Switched off after some were compared: those are then not judged either.
  return answerReference.state === 'on' ? answerReference.tolerance : Number.POSITIVE_INFINITY
}
