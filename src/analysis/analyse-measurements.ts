import { ExitCode } from '../system/user-error.js'
import { type RunManifest, type Subject, subjectOf } from '../run/manifest.js'
import { parseThresholds } from '../scenario/grammar/threshold.js'
import type { Encoding } from '../scenario/plan/plan.js'
import { groupBy } from './group-by.js'
import type { MeasurementInput } from '../run/read-measurement.js'
import { type MeasurementSummary, summariseMeasurement } from './measurement-summary.js'
import { summarisePoint, type MeasuredRepetition } from './point-summary.js'
import { stableKey } from './point-identity.js'
import type { RunAnalysis } from './run-analysis.js'
import { addBatchTimes, type BatchTimes, fitServiceTime } from './service-time.js'
import { redactPaths, withoutFolder } from './redact-paths.js'
import { evaluateThresholds } from './thresholds.js'
import { decideVerdict } from './verdict.js'

/** Servers and encodings differ in what a batch costs: each has its own times. */
interface BatchTimesOf {
  server: string
  encoding: Encoding
  times: BatchTimes
}

/** The measurements of one run, taken in one after the other, in any order. */
export interface MeasurementCollection {
  /** The figures of one measurement. Besides them only its latencies are kept, to be pooled: 16 bytes per request. */
  add: (input: MeasurementInput) => MeasurementSummary
  /** Everything that is said about the run. */
  analyse: (run: string, manifest: RunManifest) => RunAnalysis
}

export function collectMeasurements(): MeasurementCollection {
  const measured: MeasuredRepetition[] = []
  const batchTimes = new Map<string, BatchTimesOf>()
  return {
    add(input) {
      const repetition = summariseMeasurement(input)
      measured.push(repetition)
      const { encoding } = input.point.batching
      const server = input.record.server?.label ?? 'unknown server'
      const key = stableKey([server, encoding])
      const known = batchTimes.get(key) ?? { server, encoding, times: new Map() }
      addBatchTimes(known.times, input.batches ?? [])
      batchTimes.set(key, known)
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
  batchTimes: ReadonlyMap<string, BatchTimesOf>,
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
  const { schemaVersion: _, plan: __, measurements: ___, ...kept } = manifest
  return {
    run,
    ...kept,
    subjects: subjectsOf(manifest),
    plan,
    measurements: measured.map(({ summary }) => summary),
    points,
    serviceTimes: [...batchTimes.values()].flatMap(({ server, encoding, times }) => {
      const fitted = fitServiceTime(times)
      return fitted === undefined ? [] : [{ server, encoding, ...fitted }]
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

/** What the measurements were made on, each once. Of files on this machine only their names: reports are published. */
function subjectsOf(manifest: RunManifest): Subject[] {
  const ordered = manifest.measurements.toSorted((a, b) => a.point - b.point || a.repetition - b.repetition)
  const bySubject = new Map(ordered.map((record) => [stableKey(subjectOf(record)), subjectOf(record)]))
  return [...bySubject.values()].map(({ model, video, ...subject }) => ({
    ...subject,
    model: model && { ...model, weights: withoutFolder(model.weights) },
    video: video && { ...video, source: withoutFolder(video.source) },
  }))
}
