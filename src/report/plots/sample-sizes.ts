import type { PointSummary } from '../../analysis/point-summary.js'

/** `N: 150–1208 requests a point, 3 repetitions.` No plot goes without it. */
export function sampleSizes(points: PointSummary[]): string {
  const sizes = points.map(({ requestLatency }) => requestLatency.samples)
  const repetitions = points.map(({ repetitionsUsed }) => repetitionsUsed)
  const noun = Math.max(...repetitions) === 1 ? 'repetition' : 'repetitions'
  return `N: ${span(sizes)} requests a point, ${span(repetitions)} ${noun}.`
}

function span(values: number[]): string {
  const low = Math.min(...values)
  const high = Math.max(...values)
  return low === high ? String(low) : `${low}–${high}`
}
