import { Outcome } from '../run/record.js'
import { Distribution } from './distribution.js'
import type { Fold } from './fold.js'
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

export interface TimeSeries extends Fold<TimeSlice[]> {
  /** Adds the latencies once more, for the slices that miss some. */
  addAgain: Fold<TimeSlice[]>['add']
  latencies: () => Iterable<Distribution>
}

/**
 * Equal slices of one second, or longer ones if there would be more than 120.
 *
 * @param endUs the time of the last answer; 0 if there is none
 * @param mostKept values of one slice that are kept. Above that they are counted in coarse bins.
 */
export function computeTimeSeries(endUs: number, mostKept = 1 << 12): TimeSeries {
  const sliceUs = Math.max(1, Math.ceil(endUs / 1e6 / mostSlices)) * 1e6
  const slices = Array.from({ length: Math.ceil(endUs / sliceUs) }, () => ({
    latencies: new Distribution({ mostKept, binBits: 9 }),
    frames: 0,
    failed: 0,
  }))
  const sliceAt = (answeredUs: number) =>
    slices[Math.min(slices.length - 1, Math.floor(answeredUs / sliceUs))]
  return {
    add({ requests }) {
      for (let row = 0; row < requests.count; row++) {
        const slice = sliceAt(requests.answeredUs[row]!)
        if (slice === undefined) continue
        if (requests.outcome[row] !== Outcome.ok) {
          slice.failed += requests.frames[row]!
          continue
        }
        slice.frames += requests.frames[row]!
        slice.latencies.add(requests.answeredUs[row]! - requests.sentUs[row]!)
      }
    },
    addAgain({ requests }) {
      for (let row = 0; row < requests.count; row++)
        if (requests.outcome[row] === Outcome.ok)
          sliceAt(requests.answeredUs[row]!)?.latencies.again.add(
            requests.answeredUs[row]! - requests.sentUs[row]!,
          )
    },
    latencies: () => slices.map(({ latencies }) => latencies),
    result: () =>
      slices.map(({ latencies, frames, failed }, i) => {
        // The last slice ends with the measurement.
        const toUs = Math.min(endUs, (i + 1) * sliceUs)
        const slice: TimeSlice = {
          fromS: (i * sliceUs) / 1e6,
          toS: toUs / 1e6,
          fps: frames / ((toUs - i * sliceUs) / 1e6),
          framesFailed: failed,
        }
        const p50 = toMs(computeQuantile(latencies, 0.5))
        const max = toMs(latencies.at(-1))
        if (p50 !== undefined) slice.requestLatencyP50Ms = p50
        if (max !== undefined) slice.requestLatencyMaxMs = max
        return slice
      }),
  }
}
