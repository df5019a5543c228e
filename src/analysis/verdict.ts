import { findDisturbance, type Disturbance } from './disturbance.js'
import { isComparable, isUnanswered } from './outcome.js'
import { hasEnoughRequests } from './percentile.js'
import { batchingModes, groupBy, otherDifferences } from './point-identity.js'
import type { CameraLoad } from '../scenario/plan/plan.js'
import { findCaveats, summariseFailing, type Caveat, type FailingFrames, type Progress } from './caveats.js'
import {
  comparableGroups,
  compareCeilings,
  compareFrameLatency,
  type ModeBest,
  type ModeComparison,
} from './mode-comparison.js'
import type { Validity } from './check-measurement.js'
import { hasWrongAnswers } from './point-findings.js'
import type { PointSummary } from './point-summary.js'

/** "Server or client batching, and which batch size?" as data. */
export interface Verdict {
  /** `undecided`: only one mode was measured, no measurement was finished, or every point failed. */
  answer: 'server' | 'client' | 'hybrid' | 'depends' | 'no-difference' | 'undecided'
  /** At the number of frames in flight that gave the highest FPS. */
  ceiling?: ModeComparison | undefined
  /** The smallest batch size of the best mode whose range reaches that of the best one. */
  smallestAsGood?: number | undefined
  /** Each batch size alone under the load of `ceiling`. */
  bySize: { batchSize: number; comparison: ModeComparison }[]
  /** At the largest camera load that at least one point carried within the SLO, else at the smallest. */
  latency?: ModeComparison | undefined
  /** Every camera load, smallest first. */
  byCameras: {
    load: CameraLoad
    carriedBy: BatchingKind[]
    comparison?: ModeComparison | undefined
  }[]
  /** Camera points within the SLO that answered too few requests to show it. */
  tooFewForSlo: number[]
  fewestRepetitions: number
  /** Labels, if the run has several servers: of the one that this verdict is about, and of those that it says nothing about. */
  server?: string | undefined
  otherServers?: string[] | undefined
  /** INVALID points that the answer rests on. */
  invalidPoints: number[]
  /** Points at which the server gave wrong answers, whether or not the answer rests on them. */
  wrongAnswers: number[]
  /** INVALID if the answer rests on INVALID points, or if lateness decides the winner in frame latency. */
  validity: Validity
  /** Set if other programs used the machine at points that were compared. The answer is then not reliable. */
  disturbance?: Disturbance | undefined
  /** Set if every point is failing, had too many timeouts to be compared, or had no answer. There is no other answer then. */
  allFailing?: FailingFrames | undefined
  caveats: Caveat[]
}

/**
 * Points on different servers are never compared: the verdict is about one of them.
 *
 * @param progress measurements that were completed, of those planned, and points that were left out
 */
export function decideVerdict(all: PointSummary[], progress: Progress): Verdict {
  const failing = all.filter((summary) => !isComparable(summary))
  const isAllFailing =
    all.length > 0 && all.every((summary) => !isComparable(summary) || isUnanswered(summary))
  const [answered] = byServer(isAllFailing ? all : all.filter((summary) => isComparable(summary)))
  const others = byServer(all).filter(({ label }) => label !== answered?.label)
  const points = answered?.points ?? []
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
        ...new Set(group.filter((one) => carries(one)).map(({ point }) => batchingKind(point.batching))),
      ],
      comparison: compareFrameLatency(group),
    }))
    .toSorted((a, b) => offered(a.load) - offered(b.load))
  const decisive =
    cameraGroups.findLast(({ carriedBy }) => carriedBy.length > 0) ??
    cameraGroups.findLast(({ group }) => group.some(({ outcome }) => outcome === 'within-slo')) ??
    cameraGroups[0]
  const named = (comparison: ModeComparison | undefined) =>
    comparison && { ...comparison, settings: settingsOf(comparison, points) }
  const ceiling = named(top?.comparison)
  const latency = named(decisive?.comparison)
  const used = isAllFailing
    ? all
    : points.filter(({ point }) =>
        [ceiling, latency].some((comparison) => comparison?.modes.some((best) => best.point === point.id)),
      )
  const compared = [ceiling, latency].flatMap((one) => one?.points ?? [])
  const disturbance = isAllFailing
    ? undefined
    : findDisturbance(all, compared.length > 0 ? compared : used.map(({ point }) => point.id))
  const invalidPoints = used.filter(({ validity }) => validity === 'INVALID').map(({ point }) => point.id)
  const verdict: Omit<Verdict, 'caveats'> = {
    answer: decideAnswer(ceiling, latency),
    ceiling,
    smallestAsGood: top === undefined ? undefined : smallestAsGood(top.group, top.comparison.modes[0]!),
    bySize: top === undefined ? [] : comparisonsBySize(top.group),
    latency,
    byCameras: cameraGroups.map(({ load, carriedBy, comparison }) => ({
      load,
      carriedBy,
      comparison: named(comparison),
    })),
    tooFewForSlo: points
      .filter((summary) => summary.outcome === 'within-slo' && !carries(summary))
      .map(({ point }) => point.id),
    ...(disturbance !== undefined && { disturbance }),
    fewestRepetitions:
      used.length === 0 ? 0 : Math.min(...used.map(({ repetitionsUsed }) => repetitionsUsed)),
    ...(isAllFailing && { allFailing: summariseFailing(all) }),
    invalidPoints,
    wrongAnswers: all.filter(hasWrongAnswers).map(({ point }) => point.id),
    validity: invalidPoints.length > 0 || latency?.withoutLateness !== undefined ? 'INVALID' : 'VALID',
    ...(answered !== undefined &&
      !isAllFailing &&
      others.length > 0 && { server: answered.label, otherServers: others.map(({ label }) => label) }),
  }
  return {
    ...verdict,
    caveats: findCaveats(verdict, { all, failing: isAllFailing ? [] : failing }, progress),
  }
}

/** No batching belongs to no mode. */
export type BatchingKind = ModeBest['mode'] | 'none'

export function batchingKind({ mode, batchSize }: Pick<ModeBest, 'mode' | 'batchSize'>): BatchingKind {
  return batchSize === 1 ? 'none' : mode
}

/** Whether a point met its SLO, and answered enough requests to show the percentile of it. */
function carries({ point: { slo }, outcome, requestLatency }: PointSummary): boolean {
  return (
    outcome === 'within-slo' && slo !== undefined && hasEnoughRequests(requestLatency, slo.percentile / 100)
  )
}

interface ServerPoints {
  label: string
  isSimulated: boolean
  points: PointSummary[]
}

/**
 * The points of each server, that of the verdict first: real servers before simulated ones, then the one with the
 * highest FPS.
 */
function byServer(points: PointSummary[]): ServerPoints[] {
  const highestFps = (some: PointSummary[]) => Math.max(...some.map(({ fps }) => fps?.median ?? 0))
  return [...groupBy(points, ({ server }) => server?.label ?? 'unknown server')]
    .map(([label, some]) => ({ label, isSimulated: some[0]!.server?.kind === 'embedded', points: some }))
    .toSorted(
      (a, b) => Number(a.isSimulated) - Number(b.isSimulated) || highestFps(b.points) - highestFps(a.points),
    )
}

/** If a run sweeps the server, for example, the answer is about one server and has to name it. */
function settingsOf(comparison: ModeComparison, summaries: PointSummary[]): ModeComparison['settings'] {
  const points = summaries.map(({ point }) => point).filter(({ load }) => load.kind === comparison.load.kind)
  const first = points.find(({ id }) => id === comparison.points[0])
  return first === undefined ? [] : otherDifferences(points)(first)
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

function decideAnswer(
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
    ({ point, fps }) => batchingModes(point).includes(best.mode) && fps !== undefined && fps.max >= best.low,
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
