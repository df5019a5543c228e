import type { Distribution } from './distribution.js'
import type { Histogram } from './latency-distribution.js'

/** What is pooled over the repetitions of a point, µs. */
export interface PooledSamples {
  requestLatenciesUs: Distribution
  frameLatenciesUs: Distribution
  /** With each request's own lateness taken away; absent if no request was late. */
  frameLatenciesWithoutLatenessUs?: Distribution | undefined
  /** Of frame latency or, under closed load, of request latency. */
  latencyHistogram?: Histogram | undefined
  /** Adds the latencies to these, once more. */
  addAgain: (to: LatencyValues) => void
}

interface LatencyValues {
  requests: Distribution['again']
  frames: Distribution['again']
  framesWithoutLateness?: Distribution['again'] | undefined
}

/** Adds the latencies from memory, so that the samples need not be kept; undefined if they are too many. */
export function addKept({
  requestLatenciesUs,
  frameLatenciesUs,
  frameLatenciesWithoutLatenessUs,
}: Omit<PooledSamples, 'addAgain'>): PooledSamples['addAgain'] | undefined {
  const requests = requestLatenciesUs.sorted()
  const frames = frameLatenciesUs.sorted()
  const withoutLateness = (frameLatenciesWithoutLatenessUs ?? frameLatenciesUs).sorted()
  if (requests === undefined || frames === undefined || withoutLateness === undefined) return undefined
  return (to) => {
    to.requests.addEach(requests)
    to.frames.addEach(frames)
    to.framesWithoutLateness?.addEach(withoutLateness)
  }
}
