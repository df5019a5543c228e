import type { BatchingMode, Point } from '../../scenario/plan/plan.js'
import { groupBy } from '../../analysis/point-identity.js'
import type { PointSummary } from '../../analysis/point-summary.js'
import { formatBatchingSeries } from '../format/point.js'

/** One curve over batch sizes: same mode, encoding and delay. */
export interface Series {
  name: string
  mode: BatchingMode
  /** Tells the curves of one mode apart, from 0. */
  variant: number
  /** By batch size. */
  points: PointSummary[]
}

/**
 * Okabe and Ito's colours (https://jfly.uni-koeln.de/color/), told apart by every kind of colour vision; both
 * have enough contrast on white and on black, so that a mode keeps its colour on every page.
 */
export const modeColour: Record<BatchingMode, string> = {
  server: '#0072b2',
  client: '#d55e00',
  hybrid: '#009e73',
}

/** The colour of the mode; grey for no batching, which belongs to all modes. */
export function pointColour({ batching }: Point): string {
  return batching.batchSize === 1 ? '#7a7a7a' : modeColour[batching.mode]
}

/** Shapes distinguish the modes in print without colour. */
const symbols = {
  server: ['circle', 'circle-open'],
  client: ['square', 'square-open'],
  hybrid: ['diamond', 'diamond-open'],
} as const

export function modeSymbol(mode: BatchingMode, open = false): (typeof symbols)[BatchingMode][number] {
  return symbols[mode][open ? 1 : 0]
}

const dashes = ['solid', 'dash', 'dot', 'dashdot'] as const

export function lineDash(variant: number): (typeof dashes)[number] {
  return dashes[variant % dashes.length]!
}

const modes: BatchingMode[] = ['server', 'client', 'hybrid']

/**
 * The curves of points that share a load. A batch of one belongs to both modes and begins each of their curves;
 * alone it would be no curve.
 */
export function groupIntoSeries(points: PointSummary[]): Series[] {
  const ones = points.filter(({ point }) => point.batching.batchSize === 1)
  const larger = points.filter(({ point }) => point.batching.batchSize > 1)
  const all = modes.flatMap((mode) =>
    [...groupBy(of(mode, larger), ({ point }) => formatBatchingSeries(point))].map(
      ([name, some], variant) => ({
        name,
        mode,
        variant,
        points: [...(mode === 'hybrid' ? [] : ones), ...some].toSorted(
          (a, b) => a.point.batching.batchSize - b.point.batching.batchSize,
        ),
      }),
    ),
  )
  if (all.length > 0 || ones.length === 0) return all
  return [{ name: 'no batching', mode: ones[0]!.point.batching.mode, variant: 0, points: ones }]
}

function of(mode: BatchingMode, points: PointSummary[]): PointSummary[] {
  return points.filter(({ point }) => point.batching.mode === mode)
}
