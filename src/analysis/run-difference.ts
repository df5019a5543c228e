import type { PointSummary } from './point-summary.js'
import { formatBatching, formatLoad } from '../report/format/point.js'
import { variedSettings } from './varied-settings.js'
import type { RunAnalysis } from './run-analysis.js'
import { serverLabel } from './run-analysis.js'

export interface Difference {
  name: string
  /** Undefined where the run does not have it. */
  a?: string
  b?: string
}

/** What differs between two runs in their settings and surroundings; equal facts are left out. */
export function settingsThatDiffer(a: RunAnalysis, b: RunAnalysis): Difference[] {
  const [factsA, factsB] = [factsOf(a), factsOf(b)]
  const names = [...new Set([...factsA.keys(), ...factsB.keys()])]
  return names
    .map((name) => ({ name, a: factsA.get(name), b: factsB.get(name) }))
    .filter(({ a, b }) => a !== b)
}

function factsOf(run: RunAnalysis): Map<string, string | undefined> {
  const { points } = run.plan
  return new Map([
    ['server', serverLabel(run)],
    ...Object.entries(run.server?.details ?? {}).map(([name, value]) => [`server: ${name}`, value] as const),
    ...fieldsOf(
      'server',
      points.map(({ server }) => server),
    ),
    ['model', run.model && `${run.model.name}, weights ${run.model.weights}`],
    ['model archive', run.model?.archiveHash],
    ['video', run.video && `${run.video.frames} frames, ${run.video.width}×${run.video.height}`],
    ['video hash', run.video?.hash],
    ...fieldsOf(
      'measure',
      points.map(({ measure }) => measure),
    ),
    ...fieldsOf(
      'slo',
      points.map(({ slo }) => slo ?? {}),
    ),
    ['seed', String(run.seed)],
    ['framestorm', run.framestormVersion],
    ...Object.entries(run.environment).map(([name, value]) => [`machine: ${name}`, value] as const),
  ])
}

/** Each field of the points' settings with every value that it takes. */
function fieldsOf(name: string, settings: object[]): [string, string][] {
  const values = new Map<string, Set<string>>()
  for (const one of settings)
    for (const [field, value] of Object.entries(one)) {
      const key = `${name}.${field}`
      values.set(key, (values.get(key) ?? new Set()).add(JSON.stringify(value) ?? 'none'))
    }
  return [...values].map(([key, found]) => [key, [...found].join(', ')])
}

export interface PointPair {
  name: string
  a: PointSummary
  b: PointSummary
}

export interface PairedPoints {
  pairs: PointPair[]
  /** Names of the points that only one run has. */
  onlyA: string[]
  onlyB: string[]
}

/** Points with the same batching under the same load, whatever else differs. */
export function pairPoints(a: RunAnalysis, b: RunAnalysis): PairedPoints {
  const [ofA, ofB] = [byName(a.points), byName(b.points)]
  return {
    pairs: [...ofA].flatMap(([name, point]) => {
      const other = ofB.get(name)
      return other === undefined ? [] : [{ name, a: point, b: other }]
    }),
    onlyA: [...ofA.keys()].filter((name) => !ofB.has(name)),
    onlyB: [...ofB.keys()].filter((name) => !ofA.has(name)),
  }
}

function byName(points: PointSummary[]): Map<string, PointSummary> {
  const settings = variedSettings(points.map(({ point }) => point))
  return new Map(
    points.map((summary) => [
      [formatBatching(summary.point), formatLoad(summary.point.load), settings(summary.point)]
        .filter(Boolean)
        .join(', '),
      summary,
    ]),
  )
}
