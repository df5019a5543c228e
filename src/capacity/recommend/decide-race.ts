import jStat from 'jstat'
import { mean } from 'simple-statistics'
import { groupBy } from '../../analysis/point-identity.js'
import { equalShare } from './recommendation.js'
import { smallestUncertainty } from '../simulator/service-model.js'

/** A setting in a race. */
export interface Racer {
  /** Its point under closed load, which each block measures once. */
  point: number
  /** Cameras that it carries; undefined if no setting can be simulated, and FPS under closed load decide. */
  cameras?: number | undefined
  /** By what percentage the number of cameras changes if service times change by 1 %. 1 if it follows the ceiling. */
  sensitivity: number
}

/** FPS of a closed point in one block. */
export interface RaceWindow {
  point: number
  block: number
  fps: number
}

interface RaceDecision {
  /** The closed points of the settings that are still in contention, those that carry most first. */
  inContention: number[]
  /** Those of them than which no other may carry over 5 % more. The race is decided if there is one. */
  equal: number[]
}

/** Probability that any decision of a race is wrong, over all settings and looks. */
const error = 0.05

/** The usual noise of a window counts like so many windows, because the first blocks show little of the noise. */
const usualNoiseWeight = 4

/**
 * Decides after a block which settings stay in contention, and whether the best is known.
 *
 * A setting leaves if it is shown to carry less than the best by more than 5 %. The race is decided if there is a setting
 * than which no other may carry more by over 5 %. Windows of the same block are compared with each other, so that a
 * drift of the machine cancels. The error is shared among the settings (Bonferroni) and the looks: look k gets 1/(k·(k+1))
 * of it, which adds up to the whole, so that one may look after every block.
 *
 * @param racers settings in contention
 * @param windows of all settings, those that left included: they show the noise
 * @param look number of the block that was measured last, from 1
 */
export function decideRace(
  racers: readonly Racer[],
  windows: readonly RaceWindow[],
  look: number,
): RaceDecision {
  const logs = logsByPoint(windows)
  const level = ({ point, cameras }: Racer) =>
    cameras === undefined ? mean([...logs.get(point)!.values()]) : Math.log(cameras)
  const measured = racers.filter(({ point }) => logs.has(point)).toSorted((a, b) => level(b) - level(a))
  const [best] = measured
  if (best === undefined) return { inContention: [], equal: [] }
  const { deviation, degreesOfFreedom } = windowNoise(logs)
  const tail = error / (look * (look + 1)) / Math.max(1, racers.length - 1)
  const quantile = jStat.studentt.inv(1 - tail, degreesOfFreedom)
  /** How much more one setting may carry than another, as a logarithm. */
  const atMost = (one: Racer, other: Racer): number => {
    const blocks = commonBlocks(logs.get(one.point)!, logs.get(other.point)!)
    if (blocks.length === 0) return Infinity
    const logsOf = ({ point }: Racer) => blocks.map((block) => logs.get(point)!.get(block)!)
    const difference =
      one.cameras === undefined || other.cameras === undefined
        ? mean(logsOf(one)) - mean(logsOf(other))
        : level(one) - level(other)
    const spread = deviation * Math.hypot(one.sensitivity, other.sensitivity)
    return difference + (quantile * spread) / Math.sqrt(blocks.length)
  }
  const left = measured.filter((one) => one === best || atMost(one, best) >= -tolerance)
  const equal = left.filter((one) => left.every((other) => other === one || atMost(other, one) <= tolerance))
  const points = (some: readonly Racer[]) => some.map(({ point }) => point)
  return { inContention: points(left), equal: points(equal) }
}

/** The logarithm of 5 %. */
const tolerance = -Math.log(1 - equalShare)

/** Logarithms of FPS, by point and block. */
type LogsByPoint = Map<number, Map<number, number>>

function logsByPoint(windows: readonly RaceWindow[]): LogsByPoint {
  const logs: LogsByPoint = new Map()
  for (const { point, block, fps } of windows) {
    if (fps <= 0) continue
    const ofPoint = logs.get(point) ?? new Map<number, number>()
    logs.set(point, ofPoint.set(block, Math.log(fps)))
  }
  return logs
}

function commonBlocks(one: Map<number, number>, other: Map<number, number>): number[] {
  return [...one.keys()].filter((block) => other.has(block))
}

/**
 * Standard deviation of log FPS from window to window, without what a whole block has in common: residuals of a layout
 * with an effect per setting and one per block, pooled over all settings, with the usual noise as a prior.
 */
function windowNoise(logs: LogsByPoint): { deviation: number; degreesOfFreedom: number } {
  const cells = [...logs].flatMap(([point, ofPoint]) =>
    [...ofPoint].map(([block, value]) => ({ point, block, residual: value })),
  )
  // Alternating means converge to the least-squares fit of both effects.
  for (let round = 0; round < 50; round++)
    for (const by of ['point', 'block'] as const)
      for (const group of groupBy(cells, (cell) => cell[by]).values()) {
        const middle = mean(group.map(({ residual }) => residual))
        for (const cell of group) cell.residual -= middle
      }
  const blocks = new Set(cells.map(({ block }) => block)).size
  const free = Math.max(0, cells.length - logs.size - blocks + 1)
  const squares = cells.reduce((sum, { residual }) => sum + residual ** 2, 0)
  const degreesOfFreedom = usualNoiseWeight + free
  return {
    deviation: Math.sqrt((usualNoiseWeight * smallestUncertainty ** 2 + squares) / degreesOfFreedom),
    degreesOfFreedom,
  }
}
