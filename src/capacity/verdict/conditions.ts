import { smallestGrowthShare } from '../../analysis/backlog.js'
import { Distribution } from '../../analysis/distribution.js'
import { computeQuantile } from '../../analysis/percentile.js'
import { knownAfter } from '../../analysis/read-missing.js'
import { deliveredShare, overShare, share, sumCameras, type CameraCounts } from './camera-counts.js'
import type { CameraRun } from './camera-run.js'
import type { CapacityCriteria } from './capacity-criteria.js'
import { decideLateShare, isShownLate, type LateCount } from './late-share.js'

export type Decision = 'pass' | 'fail' | 'undecided'

/** In the order in which they explain a failure: the first one that fails is reported. */
export const conditionNames = [
  'validity',
  'generator',
  'lateness',
  'lost',
  'delivered',
  'backlog',
  'latency',
  'camera-latency',
] as const
export type ConditionName = (typeof conditionNames)[number]

/** One condition, what was observed, and its limit, both in `unit`. */
export interface Condition {
  name: ConditionName
  seen: number
  limit: number
  unit: 'ms' | 'share' | 'reasons'
  decision: Decision
}

/** What says nothing about the server: of the worst draw. */
export function clientConditions(draws: readonly CameraRun[], criteria: CapacityCriteria): Condition[] {
  const cpuShares = draws.flatMap(({ loadCpuShare }) => loadCpuShare ?? [])
  return [
    atMost('validity', Math.max(...draws.map(({ invalid }) => invalid.length)), 0, 'reasons'),
    atMost(
      'generator',
      Math.max(...draws.map(({ generatorLagP99Ms }) => generatorLagP99Ms)),
      criteria.generatorLagP99MaxMs,
      'ms',
    ),
    ...(cpuShares.length === 0
      ? []
      : [atMost('generator', Math.max(...cpuShares), criteria.loadCpuShareMax, 'share')]),
  ]
}

/** Frames that were lost, over all draws. */
export function frameConditions(draws: readonly CameraRun[], criteria: CapacityCriteria): Condition[] {
  const scheduled = draws.reduce((total, { framesScheduled }) => total + framesScheduled, 0)
  const lost = draws.reduce((total, { framesLost }) => total + framesLost, 0)
  const cameras = sumCameras(draws)
  const { deliveredShareMin } = criteria
  // In windows of a few seconds, one frame is more than 1 % of those of a slow camera.
  const starved = ({ framesScheduled, framesOk }: CameraCounts) =>
    framesScheduled - framesOk > Math.max(1, (1 - deliveredShareMin) * framesScheduled)
  return [
    atMost('lost', share(lost, scheduled), criteria.lostShareMax, 'share'),
    {
      name: 'delivered',
      seen: Math.min(...cameras.map(deliveredShare)),
      limit: deliveredShareMin,
      unit: 'share',
      decision: cameras.some(starved) ? 'fail' : 'pass',
    },
  ]
}

/** Draws after which a single one with a growing backlog is chance: queues near saturation rise for seconds and fall again. */
const enoughDraws = 4

export function backlogCondition(draws: readonly CameraRun[], { lateShare }: CapacityCriteria): Condition {
  // Relative to the rate at which frames are captured. `backlogGrows` says if it is more than chance.
  const growth = (draw: CameraRun) =>
    Math.max(0, share(draw.backlogGrowthFps * draw.windowS, draw.framesScheduled))
  const growing = draws.filter(({ backlogGrows }) => backlogGrows)
  const isShown = growing.length > 1 || growing.some((draw) => growth(draw) > surelyGrowing)
  const isOpen = growing.length === 1 && draws.length < Math.max(enoughDraws, lateShare.drawsMin)
  return {
    name: 'backlog',
    seen: Math.max(...(growing.length > 0 ? growing : draws).map(growth)),
    limit: smallestGrowthShare,
    unit: 'share',
    decision: isShown ? 'fail' : isOpen ? 'undecided' : 'pass',
  }
}

/** Growth in one window, as a share of the frames captured, that no queue near saturation shows by chance. */
const surelyGrowing = 0.15

export function latencyCondition(
  draws: readonly CameraRun[],
  { sloMs, lateShare }: CapacityCriteria,
): Condition {
  const counts = draws.map((draw) => countLate(draw, sloMs))
  const decision = decideLateShare(counts, lateShare)
  const alone = draws.filter((_, i) => isShownLate(counts[i]!, lateShare))
  return {
    name: 'latency',
    seen: percentileMs(decision === 'fail' && alone.length > 0 ? alone : draws, lateShare.percentile),
    limit: sloMs,
    unit: 'ms',
    decision,
  }
}

/**
 * One camera alone sends too few requests to be shown within the limit in reasonable time. So all cameras together have to
 * be within the limit, and no single camera may be shown to be over it in a draw. The evidence needed grows with the number
 * of cameras and draws (Bonferroni): otherwise one of a hundred sound cameras would fail.
 */
export function cameraLatencyCondition(
  draws: readonly CameraRun[],
  { lateShare }: CapacityCriteria,
): Condition {
  const all = draws.flatMap(({ cameras }) => cameras)
  const rule = { ...lateShare, evidence: lateShare.evidence * all.length }
  const isLate = all.some((camera) =>
    isShownLate({ requests: camera.requests, late: camera.requestsOver }, rule),
  )
  return {
    name: 'camera-latency',
    seen: Math.max(...(isLate ? all : sumCameras(draws)).map(overShare)),
    limit: 1 - lateShare.percentile / 100,
    unit: 'share',
    decision: isLate ? 'fail' : 'pass',
  }
}

function atMost(name: ConditionName, seen: number, limit: number, unit: Condition['unit']): Condition {
  return { name, seen, limit, unit, decision: seen <= limit ? 'pass' : 'fail' }
}

export function countLate({ latenciesMs }: CameraRun, sloMs: number): LateCount {
  let [requests, late] = [0, 0]
  for (const some of latenciesMs) {
    requests += some.length
    for (const ms of some) if (ms > sloMs) late++
  }
  return { requests, late }
}

/** The percentile over the requests of all draws. */
export function percentileMs(draws: readonly CameraRun[], percentile: number): number {
  const all = new Distribution()
  const addAll = (to: Pick<Distribution, 'addEach'>) => {
    for (const { latenciesMs } of draws) for (const some of latenciesMs) to.addEach(some)
  }
  addAll(all)
  return knownAfter(all, (latencies) => computeQuantile(latencies, percentile / 100), addAll)
}
