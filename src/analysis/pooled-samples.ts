import type { Distribution } from './distribution.js'
import type { PartReader } from './fold.js'
import type { Histogram } from './latency-distribution.js'

/** What is pooled over the repetitions of a point, µs. */
export interface PooledSamples {
  requestLatenciesUs: Distribution
  frameLatenciesUs: Distribution
  /** With each request's own lateness taken away; absent if no request was late. */
  frameLatenciesWithoutLatenessUs?: Distribution | undefined
  /** Of frame latency or, under closed load, of request latency. */
  latencyHistogram?: Histogram | undefined
  /** The latencies are all in memory. */
  isKept: boolean
  /** Adds the latencies to these once more: at once if they are in memory, else what is returned adds them as it reads. */
  addAgain: (to: LatencyValues) => PartReader | undefined
}

export interface LatencyValues {
  requests: Distribution['again']
  frames: Distribution['again']
  framesWithoutLateness?: Distribution['again'] | undefined
}

/** Adds the latencies from memory, so that the samples need not be kept; undefined if they are too many. */
export function addKept({
  requestLatenciesUs,
  frameLatenciesUs,
  frameLatenciesWithoutLatenessUs,
}: Omit<PooledSamples, 'isKept' | 'addAgain'>): Pick<PooledSamples, 'isKept' | 'addAgain'> | undefined {
  const requests = requestLatenciesUs.sorted()
  const frames = frameLatenciesUs.sorted()
  const withoutLateness = (frameLatenciesWithoutLatenessUs ?? frameLatenciesUs).sorted()
  if (requests === undefined || frames === undefined || withoutLateness === undefined) return undefined
  return {
    isKept: true,
    addAgain(to) {
      to.requests.addEach(requests)
      to.frames.addEach(frames)
      to.framesWithoutLateness?.addEach(withoutLateness)
      return undefined
    },
  }
}
