import type { Point } from '../scenario/plan/plan.js'
import type { MetricName } from '../scenario/grammar/metric.js'
import { readPointMetric } from './metrics.js'
import { batchingKey, otherDifferences, type SettingValue, stableKey } from './point-identity.js'
import type { PointSummary } from './point-summary.js'
import { serverLabel, type RunAnalysis } from './analyse-run.js'
import { compareFigures } from './significant-difference.js'

export interface FactDifference {
  /** `server.workers`, `environment.node`. */
  name: string
  /** Undefined if the run does not have it. */
  a?: string | undefined
  b?: string | undefined
}

/** The settings and environment facts that differ between two runs. */
export function settingsThatDiffer(a: RunAnalysis, b: RunAnalysis): FactDifference[] {
  const [factsA, factsB] = [factsOf(a), factsOf(b)]
  const names = [...new Set([...factsA.keys(), ...factsB.keys()])]
  return names
    .map((name) => ({ name, a: factsA.get(name), b: factsB.get(name) }))
    .filter(({ a, b }) => a !== b)
}

function factsOf(run: RunAnalysis): Map<string, string | undefined> {
  const { subjects } = run
  const { points } = run.plan
  return new Map([
    ['server', serverLabel(subjects)],
    ...fields(
      'server',
      subjects.map(({ server }) => server?.details ?? {}),
    ),
    ...fields(
      'server',
      points.map(({ server }) => server),
    ),
    ...fields(
      'model',
      subjects.map(({ model }) => ({
        name: model?.name,
        weights: model?.weights,
        archiveHash: model?.archiveHash,
      })),
    ),
    ...fields(
      'video',
      subjects.map(({ video }) => ({
        frames: video?.frames,
        width: video?.width,
        height: video?.height,
        hash: video?.hash,
      })),
    ),
    ...fields(
      'measure',
      points.map(({ measure }) => measure),
    ),
    ...fields(
      'slo',
      points.map(({ slo }) => slo ?? {}),
    ),
    ['seed', String(run.seed)],
    ['framestormVersion', run.framestormVersion],
    ...fields('environment', [run.environment]),
  ])
}

/** Each field with all its values. */
function fields(section: string, items: readonly object[]): [string, string][] {
  const values = new Map<string, Set<string>>()
  for (const item of items)
    for (const [field, value] of Object.entries(item)) {
      if (value === undefined) continue
      const name = `${section}.${field}`
      const text = typeof value === 'string' ? value : JSON.stringify(value)
      values.set(name, (values.get(name) ?? new Set()).add(text))
    }
  return [...values].map(([name, found]) => [name, [...found].join(', ')])
}

/** A point, with the other settings that distinguish it within its run. */
export interface DistinctPoint {
  point: Point
  settings: SettingValue[]
}

export interface PointPair extends DistinctPoint {
  a: PointSummary
  b: PointSummary
}

export interface PairedPoints {
  pairs: PointPair[]
  /** Points that only one run has. */
  onlyA: DistinctPoint[]
  onlyB: DistinctPoint[]
}

/** Points with the same batching under the same load, whatever else differs. */
export function pairPoints(a: RunAnalysis, b: RunAnalysis): PairedPoints {
  const [ofA, ofB] = [byKey(a.points), byKey(b.points)]
  const only = (some: typeof ofA, other: typeof ofA) =>
    [...some].flatMap(([key, { summary, settings }]) =>
      other.has(key) ? [] : [{ point: summary.point, settings }],
    )
  return {
    pairs: [...ofA].flatMap(([key, { summary, settings }]) => {
      const other = ofB.get(key)
      return other === undefined ? [] : [{ point: summary.point, settings, a: summary, b: other.summary }]
    }),
    onlyA: only(ofA, ofB),
    onlyB: only(ofB, ofA),
  }
}

function byKey(points: PointSummary[]): Map<string, { summary: PointSummary; settings: SettingValue[] }> {
  const settingsOf = otherDifferences(points.map(({ point }) => point))
  return new Map(
    points.map((summary) => {
      const settings = settingsOf(summary.point)
      return [
        stableKey([batchingKey(summary.point), amount(summary.point.load), settings]),
        { summary, settings },
      ]
    }),
  )
}

function amount(load: Point['load']): object {
  return load.kind === 'closed'
    ? { framesInFlight: load.framesInFlight }
    : { cameras: load.cameras, fps: load.fps }
}

/** How run B differs from run A in one metric of a point. */
export interface Change {
  /** B ÷ A of the medians or pooled percentiles. */
  ratio: number
  /** Whether the difference exceeds the ranges and the drift from run to run. */
  significant: boolean
}

/** Undefined if a run does not have the metric at this point. */
export function compareMetric({ a, b }: Pick<PointPair, 'a' | 'b'>, metric: MetricName): Change | undefined {
  const [figureA, figureB] = [readPointMetric(metric, a), readPointMetric(metric, b)]
  if (figureA === undefined || figureB === undefined || figureA.low === 0 || figureB.low === 0)
    return undefined
  return {
    ratio: figureB.value / figureA.value,
    significant: compareFigures(figureA, figureB, 0).significant,
  }
}
