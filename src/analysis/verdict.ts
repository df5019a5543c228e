import type { CameraLoad } from '../scenario/schema/settings.js'
import type { ModeBest, ModeComparison } from './mode-comparison.js'
import { comparableGroups, compareCeilings, compareFrameLatency } from './mode-comparison.js'
import { modesOf } from '../report/format/point.js'
import { variedSettings } from './varied-settings.js'
import type { PointSummary } from './point-summary.js'

/** "Server or client batching, and which batch size?" as data; `verdict-words.ts` says it. */
export interface Verdict {
  /** `undecided`: the run cannot tell, because it measured one mode only or nothing was finished. */
  answer: 'server' | 'client' | 'hybrid' | 'depends' | 'no-difference' | 'undecided'
  /** At the number of frames in flight that gave the highest FPS. */
  ceiling?: ModeComparison
  /** The smallest batch size of the best mode whose range reaches that of the best one. */
  smallestAsGood?: number
  /** Each batch size alone under the load of `ceiling`. */
  bySize: { batchSize: number; comparison: ModeComparison }[]
  /** At the largest camera load that some cell carried within the SLO, else at the smallest. */
  latency?: ModeComparison
  /** Every camera load, smallest first. */
  byCameras: { load: CameraLoad; carriedBy: ModeBest['mode'][]; comparison?: ModeComparison }[]
  fewestRepetitions: number
  /** Points that the answer rests on and that may not be believed. */
  invalidPoints: number[]
}

/** Pure: from the points alone. */
export function verdictOf(points: PointSummary[]): Verdict {
  const ceilings = comparableGroups(points, 'closed')
    .map((group) => ({ group, comparison: compareCeilings(group) }))
    .filter(hasComparison)
    .toSorted((a, b) => b.comparison.modes[0]!.value - a.comparison.modes[0]!.value)
  const top = ceilings[0]
  const cameraGroups = comparableGroups(points, 'cameras')
    .map((group) => ({
      group,
      load: cameraLoadOf(group),
      carriedBy: [
        ...new Set(
          group.filter(({ outcome }) => outcome === 'within-slo').flatMap(({ point }) => modesOf(point)),
        ),
      ],
      comparison: compareFrameLatency(group),
    }))
    .toSorted((a, b) => offered(a.load) - offered(b.load))
  const decisive = cameraGroups.findLast(({ carriedBy }) => carriedBy.length > 0) ?? cameraGroups[0]
  const ceiling = top?.comparison
  const latency = decisive?.comparison
  for (const comparison of [ceiling, latency]) if (comparison !== undefined) nameSettings(comparison, points)
  const used = points.filter(({ point }) =>
    [ceiling, latency].some((comparison) => comparison?.modes.some((best) => best.point === point.id)),
  )
  return {
    answer: answerOf(ceiling, latency),
    ceiling,
    smallestAsGood: top === undefined ? undefined : smallestAsGood(top.group, top.comparison.modes[0]!),
    bySize: top === undefined ? [] : comparisonsBySize(top.group),
    latency,
    byCameras: cameraGroups.map(({ load, carriedBy, comparison }) => ({ load, carriedBy, comparison })),
    fewestRepetitions:
      used.length === 0 ? 0 : Math.min(...used.map(({ repetitionsUsed }) => repetitionsUsed)),
    invalidPoints: used.filter(({ validity }) => validity === 'INVALID').map(({ point }) => point.id),
  }
}

/** Where a run sweeps the server, say, the answer holds for one of them and has to name it. */
function nameSettings(comparison: ModeComparison, summaries: PointSummary[]): void {
  const points = summaries.map(({ point }) => point).filter(({ load }) => load.kind === comparison.load.kind)
  const first = points.find(({ id }) => id === comparison.points[0])
  if (first !== undefined) comparison.settings = variedSettings(points)(first)
}

function hasComparison<T extends { comparison: ModeComparison | undefined }>(
  entry: T,
): entry is T & { comparison: ModeComparison } {
  return entry.comparison !== undefined
}

function cameraLoadOf([first]: PointSummary[]): CameraLoad {
  if (first?.point.load.kind !== 'cameras') throw new Error('a group of camera points has another load')
  return first.point.load
}

function offered({ cameras, fps }: CameraLoad): number {
  return cameras * fps
}

function answerOf(
  ceiling: ModeComparison | undefined,
  latency: ModeComparison | undefined,
): Verdict['answer'] {
  const compared = [ceiling, latency].filter(
    (comparison) =>
      comparison !== undefined && (comparison.modes.length > 1 || comparison.winner !== undefined),
  )
  if (compared.length === 0) return 'undecided'
  const winners = new Set(compared.flatMap((comparison) => comparison?.winner ?? []))
  if (winners.size === 0) return 'no-difference'
  return winners.size === 1 ? [...winners][0]! : 'depends'
}

function smallestAsGood(group: PointSummary[], best: ModeBest): number {
  const asGood = group.filter(
    ({ point, fps }) => modesOf(point).includes(best.mode) && fps !== undefined && fps.max >= best.low,
  )
  return Math.min(...asGood.map(({ point }) => point.batching.batchSize))
}

function comparisonsBySize(group: PointSummary[]): Verdict['bySize'] {
  const sizes = [...new Set(group.map(({ point }) => point.batching.batchSize))].toSorted((a, b) => a - b)
  return sizes.flatMap((batchSize) => {
    const comparison = compareCeilings(group.filter(({ point }) => point.batching.batchSize === batchSize))
    return comparison === undefined ? [] : [{ batchSize, comparison }]
  })
}
