import { Outcome, type MeasurementSamples } from '../run/record.js'
import { computeQuantile, toMs } from './percentile.js'

const mostSlices = 120

/** One slice of a measurement, warm-up and drain included. */
export interface TimeSlice {
  fromS: number
  toS: number
  fps: number
  framesFailed: number
  /** Over the requests answered in the slice; absent if there were none. */
  requestLatencyP50Ms?: number
  requestLatencyMaxMs?: number
}

/** Equal slices of one second, or longer ones if there would be more than 120. */
export function computeTimeSeries({ requests }: MeasurementSamples): TimeSlice[] {
  let endUs = 0
  for (let row = 0; row < requests.count; row++) {
    const us = requests.answeredUs[row]!
    if (us > endUs) endUs = us
  }
  if (endUs === 0) return []
  const sliceUs = Math.max(1, Math.ceil(endUs / 1e6 / mostSlices)) * 1e6
  const slices = Array.from({ length: Math.ceil(endUs / sliceUs) }, () => ({
    latencies: [] as number[],
    frames: 0,
    failed: 0,
  }))
  for (let row = 0; row < requests.count; row++) {
    const slice = slices[Math.min(slices.length - 1, Math.floor(requests.answeredUs[row]! / sliceUs))]
    if (slice === undefined) continue
    if (requests.outcome[row] !== Outcome.ok) {
      slice.failed += requests.frames[row]!
      continue
    }
    slice.frames += requests.frames[row]!
    slice.latencies.push(requests.answeredUs[row]! - requests.sentUs[row]!)
  }
  return slices.map(({ latencies, frames, failed }, i) => {
    const sorted = Float64Array.from(latencies).toSorted()
    // The last slice ends with the measurement.
    const toUs = Math.min(endUs, (i + 1) * sliceUs)
    const slice: TimeSlice = {
      fromS: (i * sliceUs) / 1e6,
      toS: toUs / 1e6,
      fps: frames / ((toUs - i * sliceUs) / 1e6),
      framesFailed: failed,
    }
    const p50 = toMs(computeQuantile(sorted, 0.5))
    const max = toMs(sorted.at(-1))
    if (p50 !== undefined) slice.requestLatencyP50Ms = p50
    if (max !== undefined) slice.requestLatencyMaxMs = max
    return slice
  })
}
