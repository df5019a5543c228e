import type { MeasurementSamples } from '../run/sample-columns.js'
import { outcomes } from '../run/sample-columns.js'
import { max, min } from 'simple-statistics'

const ok = outcomes.indexOf('ok')
const subWindows = 3

export interface Stability {
  /** Frames answered a second in three equal parts of the window. */
  fps: number[]
  stable: boolean
}

/**
 * Perf Analyzer's rule: three consecutive windows within 10 % of each other. Answers come in
 * whole batches, so two of them are always allowed for.
 */
export function stabilityOf(
  { requests }: MeasurementSamples,
  window: { fromUs: number; toUs: number },
  batchSize: number,
): Stability | undefined {
  const partUs = (window.toUs - window.fromUs) / subWindows
  if (!(partUs > 0)) return undefined
  const counts = Array.from({ length: subWindows }, () => 0)
  for (let row = 0; row < requests.count; row++) {
    if (requests.outcome[row] !== ok) continue
    const part = Math.ceil((requests.answeredUs[row]! - window.fromUs) / partUs) - 1
    if (part >= 0 && part < subWindows) counts[part]! += requests.frames[row]!
  }
  const allowed = Math.max(0.1 * max(counts), 2 * batchSize)
  return {
    fps: counts.map((frames) => frames / (partUs / 1e6)),
    stable: max(counts) - min(counts) <= allowed,
  }
}
