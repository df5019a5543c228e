import { basename, resolve } from 'node:path'
import { readMeasurement, type MeasurementInput } from '../run/read-measurement.js'
import { readManifest } from '../run/run-folder.js'
import { subjectOf, type MeasurementRecord, type RunManifest, type Subject } from '../run/manifest.js'
import {
  summariseMeasurement,
  type MeasuredRepetition,
  type MeasurementSummary,
} from './measurement-summary.js'
import type { ExitCode } from '../system/user-error.js'
import { parseThresholds } from '../scenario/grammar/threshold.js'
import {
  allPoints,
  type Plan,
  type PlannedMeasurement,
  type Point,
  type SentAs,
} from '../scenario/plan/plan.js'
import { distinctServerLabels, groupBy, stableKey } from './point-identity.js'
import { summarisePoint, type PointSummary } from './point-summary.js'
import { addBatchTimes, fitServiceTime, type BatchTimes, type EncodedServiceTime } from './service-time.js'
import { redactPaths, withoutFolder } from './redact-paths.js'
import { evaluateThresholds, type ThresholdResult } from './thresholds.js'
import { decideExitCode } from './exit-code.js'
import { decideVerdict, type Verdict } from './verdict.js'

/** Analyses the measurements of a run as they are made, so that the samples of each are decoded only once. */
export interface RunCollector {
  /** The figures of one measurement; its samples are not kept. */
  add: (input: MeasurementInput) => Promise<MeasurementSummary>
  /**
   * Analyses the run as it is now. Measurements of its folder that were not added are read now, one at a time. May be
   * called again after further measurements.
   */
  end: () => Promise<RunAnalysis>
}

/**
 * @param onMeasurement is called with each measurement before its samples are released
 * @throws UserError (in `end`) if the folder is not a run, or if samples are missing or damaged
 */
export function collectRun(
  folder: string,
  onMeasurement?: (input: MeasurementInput, summary: MeasurementSummary) => Promise<void>,
): RunCollector {
  const collection = collectMeasurements()
  const added = new Set<string>()
  async function add(input: MeasurementInput): Promise<MeasurementSummary> {
    added.add(nameOf(input.record))
    const summary = collection.add(input)
    await onMeasurement?.(input, summary)
    return summary
  }
  return {
    add,
    async end() {
      const manifest = await readManifest(folder)
      for (const record of manifest.measurements)
        if (!added.has(nameOf(record))) await add(await readMeasurement(folder, manifest, record))
      return collection.analyse(basename(resolve(folder)), manifest)
    },
  }
}

function nameOf({ point, repetition }: MeasurementRecord): string {
  return `${point}/${repetition}`
}

/**
 * Analyses a saved run, one measurement in memory at a time, without writing anything.
 *
 * @throws UserError if the folder is not a run, or if samples are missing or damaged
 */
export async function analyseRun(folder: string): Promise<RunAnalysis> {
  return collectRun(folder).end()
}

/** The cost of a batch depends on the server and on how frames are sent, so each combination has its own times. */
interface BatchTimesOf {
  /** One of its points. */
  point: number
  sentAs: SentAs
  times: BatchTimes
}

/** Collects the measurements of one run, one after the other, in any order. */
interface MeasurementCollection {
  /** The figures of one measurement. Only its latencies are kept, for pooling: 16 bytes per request. */
  add: (input: MeasurementInput) => MeasurementSummary
  /** The analysis of the whole run. */
  analyse: (run: string, manifest: RunManifest) => RunAnalysis
}

/** @param mostKept values of one distribution that are kept; see `Distribution` */
export function collectMeasurements(mostKept?: number): MeasurementCollection {
  const measured: MeasuredRepetition[] = []
  const batchTimes = new Map<string, BatchTimesOf>()
  return {
    add(input) {
      const repetition = summariseMeasurement(input, mostKept)
      measured.push(repetition)
      const { id: point, server, batching } = input.point
      const { encoding, protocol } = batching
      const sentAs = { encoding, ...(protocol !== undefined && { protocol }) }
      const key = stableKey([input.record.server?.label, { ...server, workers: undefined }, sentAs])
      const known = batchTimes.get(key) ?? { point, sentAs, times: new Map() }
      addBatchTimes(known.times, input.batches ?? [])
      batchTimes.set(key, known)
      return repetition.summary
    },
    analyse: (run, manifest) => analyseCollected(run, manifest, measured, batchTimes),
  }
}

function analyseCollected(
  run: string,
  manifest: RunManifest,
  unordered: readonly MeasuredRepetition[],
  batchTimes: ReadonlyMap<string, BatchTimesOf>,
): RunAnalysis {
  const labels = distinctServerLabels(
    manifest.plan.points,
    ({ id }) => manifest.measurements.find(({ point }) => point === id)?.server?.label,
  )
  const labelled = <Of extends Measured>(measurement: Of): Of => withServerLabel(measurement, labels)
  const measured = unordered
    .map(({ summary, ...rest }) => ({ ...rest, summary: labelled(summary) }))
    .toSorted((a, b) => a.summary.point - b.summary.point || a.summary.repetition - b.summary.repetition)
  const byPoint = groupBy(measured, ({ summary }) => summary.point)
  const all = redactPaths(manifest.plan)
  const plan = withoutConfirming(all)
  const summarise = (point: Point) => summarisePoint(point, byPoint.get(point.id) ?? []) ?? []
  const points = plan.points.flatMap(summarise)
  const ofPlan = new Set(plan.points.map(({ id }) => id))
  const measurements = measured.map(({ summary }) => summary)
  const confirming = all.points
    .filter(({ id }) => !ofPlan.has(id))
    .flatMap(summarise)
    .map((summary) => ({
      summary,
      measurements: measurements.filter(({ point }) => point === summary.point.id),
    }))
  const { leftOut = [] } = manifest
  const verdict = decideVerdict(points, {
    measured: measured.filter(({ summary }) => summary.complete).length,
    planned: plannedMeasurements(manifest),
    leftOut,
    lost: measurements.flatMap(({ sites = [] }) => sites.filter(({ agent }) => agent?.lost !== undefined)),
  })
  const refused = allPoints(plan).filter(
    ({ id }) => !byPoint.has(id) && leftOut.some(({ point }) => point === id),
  )
  const thresholds = evaluateThresholds(parseThresholds(manifest.scenario.thresholds ?? []), points, refused)
  const { schemaVersion: _, plan: __, measurements: ___, ...kept } = manifest
  return {
    run,
    ...kept,
    subjects: subjectsOf(manifest.measurements.map(labelled)),
    plan,
    measurements: measurements.filter(({ point }) => ofPlan.has(point)),
    points,
    confirming,
    serviceTimes: [...batchTimes.values()].flatMap(({ point, sentAs, times }) => {
      const fitted = fitServiceTime(times)
      return fitted === undefined
        ? []
        : [{ server: labels.get(point) ?? 'unknown server', ...sentAs, ...fitted }]
    }),
    verdict,
    thresholds,
    exitCode: decideExitCode({ verdict, thresholds, points, confirming, measurements, leftOut }),
  }
}

/** The plan as the scenario asks for it, without the runs that confirm its recommendation. */
function withoutConfirming(plan: Plan): Plan {
  const points = plan.points.filter(({ purpose }) => purpose !== 'confirming')
  const ids = new Set(points.map(({ id }) => id))
  return { ...plan, points, order: plan.order.filter(({ point }) => ids.has(point)) }
}

/** Measurements of the plan without those of points that were left out. */
function plannedMeasurements({ plan, measurements, leftOut = [] }: RunManifest): number {
  const isMeasured = ({ point, repetition }: PlannedMeasurement) =>
    measurements.some((one) => one.complete && one.point === point && one.repetition === repetition)
  const isLeftOut = ({ point }: PlannedMeasurement) => leftOut.some((one) => one.point === point)
  return plan.order.filter((planned) => isMeasured(planned) || !isLeftOut(planned)).length
}

type Measured = Pick<MeasurementRecord, 'point' | 'server'>

/** The measurement with a server label that is unique within the run. */
function withServerLabel<Of extends Measured>(measurement: Of, labels: ReadonlyMap<number, string>): Of {
  const { point, server } = measurement
  const label = labels.get(point)
  return server === undefined || label === undefined
    ? measurement
    : { ...measurement, server: { ...server, label } }
}

/** What was measured, each item once. Files appear by name without their folder, because reports are published. */
function subjectsOf(measurements: readonly MeasurementRecord[]): Subject[] {
  const ordered = measurements.toSorted((a, b) => a.point - b.point || a.repetition - b.repetition)
  const bySubject = new Map(ordered.map((record) => [stableKey(subjectOf(record)), subjectOf(record)]))
  return [...bySubject.values()].map(({ model, video, ...subject }) => ({
    ...subject,
    model: model && { ...model, weights: withoutFolder(model.weights) },
    video: video && { ...video, source: withoutFolder(video.source) },
  }))
}

/** A camera load with the recommended setting, measured after the plan. */
export interface ConfirmingRun {
  summary: PointSummary
  measurements: MeasurementSummary[]
}

/** The analysis of a run, as plain data that can be written as JSON. */
export interface RunAnalysis extends Omit<RunManifest, 'schemaVersion' | 'plan' | 'measurements'> {
  /** The run folder's name; never a path of this machine. */
  run: string
  /** What was measured: each distinct server, model, clip and answer reference, in the order of points. */
  subjects: Subject[]
  /** What the scenario asks for, as in `measurements` and `points`: without the confirming runs. */
  plan: Plan
  measurements: MeasurementSummary[]
  points: PointSummary[]
  /** The runs that confirm the recommendation, in the order in which they were measured. They are compared with no other point. */
  confirming: ConfirmingRun[]
  /** One entry per server, encoding and protocol; none if the server did not report its batch times. */
  serviceTimes: EncodedServiceTime[]
  verdict: Verdict
  /** The thresholds of the run's own scenario, at each point that they select. */
  thresholds: ThresholdResult[]
  exitCode: ExitCode
}

/** `TorchServe 0.12.0`, or `TorchServe 0.12.0 and embedded (simulated)` if measurements were made on both. */
export function serverLabel(subjects: readonly Pick<Subject, 'server'>[]): string {
  const labels = distinct(subjects.map(({ server }) => server?.label))
  return labels.length === 0 ? 'unknown server' : new Intl.ListFormat('en-GB').format(labels)
}

/** True if any result comes from the embedded server, which is not a TorchServe. */
export function isSimulated(subjects: readonly Pick<Subject, 'server'>[]): boolean {
  return subjects.some(({ server }) => server?.kind === 'embedded')
}

/** Each known text once, in order. */
export function distinct(texts: readonly (string | undefined)[]): string[] {
  return [...new Set(texts.filter((text) => text !== undefined))]
}
