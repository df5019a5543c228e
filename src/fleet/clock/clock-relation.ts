/** A message to an agent and its answer. Times are µs on the monotonic clock (`nowUs`) of the process that took them. */
export interface ClockProbe {
  /** The coordinator sent it, and later received the answer. */
  sentUs: number
  answeredUs: number
  /** The agent received it, and then answered. */
  receivedUs: number
  repliedUs: number
}

/** The agent's clock less the coordinator's. The true value is at most `errorUs` away. */
export interface ClockOffset {
  offsetUs: number
  errorUs: number
}

export interface ClockDrift {
  ppm: number
  errorPpm: number
}

/** How the clock of an agent relates to that of the coordinator. Times are µs on the coordinator's clock. */
export interface ClockRelation {
  /**
   * Undefined if nothing is known, or the probes contradict each other, because a clock was stepped or the clocks drift
   * apart by more than `maxDriftPpm`.
   */
  offsetAt: (us: number) => ClockOffset | undefined
  /**
   * The offset at the first of two times, with an error that holds until the second: what the clocks drift apart meanwhile is
   * a part of it. Undefined if `offsetAt` is undefined anywhere between.
   */
  offsetDuring: (fromUs: number, untilUs: number) => ClockOffset | undefined
  /** How much the agent's clock gains on average, from the first probe to the last; undefined if that is not known. */
  drift: ClockDrift | undefined
}

/**
 * Two clocks drift apart by at most this much at any time. Crystals of computers are specified for 20 to 100 ppm. That a
 * clock keeps its rate is not assumed, because time services change it.
 */
export const maxDriftPpm = 200
const slope = maxDriftPpm / 1e6

/** Time of a probe on the way, without the time that the agent took to answer. */
export function roundTripUs({ sentUs, answeredUs, receivedUs, repliedUs }: ClockProbe): number {
  return answeredUs - sentUs - (repliedUs - receivedUs)
}

/**
 * Relates two clocks by probes with four time stamps (as RFC 5905, but with a bound instead of an estimate). A probe cannot
 * arrive before it was sent, so when the agent received it, its clock was ahead by at most `receivedUs − sentUs`. Likewise
 * by at least `repliedUs − answeredUs` when it answered. Nothing is assumed about how the delay divides into the two ways:
 * the two bounds of one probe are a round trip apart, and the true offset may be anywhere between.
 *
 * Away from the probe the bounds widen by `maxDriftPpm`. The offset at a time is between the lowest upper and the highest
 * lower bound of all probes, so probes with short round trips count most, and slow ones do no harm.
 */
export function clockRelation(probes: readonly ClockProbe[]): ClockRelation {
  // Received later than sent by the coordinator's clock, the offset at reception is even smaller than its bound, and by more
  // than the drift meanwhile. So the bound holds for the moment of sending; likewise for that of the answer.
  const ahead = lowestBound(probes.map((p) => ({ us: p.sentUs, bound: p.receivedUs - p.sentUs })))
  const behind = lowestBound(probes.map((p) => ({ us: p.answeredUs, bound: p.answeredUs - p.repliedUs })))

  function offsetAt(us: number): ClockOffset | undefined {
    const [most, least] = [ahead.at(us), -behind.at(us)]
    if (!Number.isFinite(most - least) || most < least) return undefined
    return { offsetUs: (most + least) / 2, errorUs: (most - least) / 2 }
  }

  function offsetDuring(fromUs: number, untilUs: number): ClockOffset | undefined {
    const first = offsetAt(fromUs)
    if (first === undefined) return undefined
    const { offsetUs } = first
    let { errorUs } = first
    // The bounds are straight lines between these times.
    const bends = [...ahead.bends, ...behind.bends].filter((us) => us > fromUs && us < untilUs)
    for (const us of [...bends, untilUs]) {
      const later = offsetAt(us)
      if (later === undefined) return undefined
      errorUs = Math.max(errorUs, Math.abs(later.offsetUs - offsetUs) + later.errorUs)
    }
    return { offsetUs, errorUs }
  }

  return { offsetAt, offsetDuring, drift: driftBetween(probes, offsetAt) }
}

function driftBetween(
  probes: readonly ClockProbe[],
  offsetAt: ClockRelation['offsetAt'],
): ClockDrift | undefined {
  const fromUs = probes.reduce((first, { sentUs }) => Math.min(first, sentUs), Number.POSITIVE_INFINITY)
  const untilUs = probes.reduce(
    (last, { answeredUs }) => Math.max(last, answeredUs),
    Number.NEGATIVE_INFINITY,
  )
  const [first, last] = [offsetAt(fromUs), offsetAt(untilUs)]
  if (first === undefined || last === undefined) return undefined
  const perUs = 1e6 / (untilUs - fromUs)
  const errorPpm = (first.errorUs + last.errorUs) * perUs
  // Otherwise the probes say less than what is assumed anyway.
  if (!(errorPpm < maxDriftPpm)) return undefined
  return { ppm: (last.offsetUs - first.offsetUs) * perUs, errorPpm }
}

interface BoundAt {
  us: number
  bound: number
}

/** The lowest of bounds that each widen away from their time. */
function lowestBound(bounds: readonly BoundAt[]): { at: (us: number) => number; bends: number[] } {
  const points = bounds.map((point) => ({ ...point })).toSorted((a, b) => a.us - b.us)
  const widen = (from: BoundAt | undefined, us: number) =>
    from === undefined ? Number.POSITIVE_INFINITY : from.bound + slope * Math.abs(us - from.us)
  // Then a point is as low as the lines of all others there, and only its neighbours matter between two of them.
  for (let i = 1; i < points.length; i++)
    points[i]!.bound = Math.min(points[i]!.bound, widen(points[i - 1], points[i]!.us))
  for (let i = points.length - 2; i >= 0; i--)
    points[i]!.bound = Math.min(points[i]!.bound, widen(points[i + 1], points[i]!.us))

  const bends = points.flatMap(({ us, bound }, i) => {
    const next = points[i + 1]
    // The lines of two neighbours cross between them.
    return next === undefined ? [us] : [us, (us + next.us) / 2 + (next.bound - bound) / (2 * slope)]
  })

  function at(us: number): number {
    let [low, high] = [0, points.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (points[middle]!.us <= us) low = middle + 1
      else high = middle
    }
    return Math.min(widen(points[low - 1], us), widen(points[low], us))
  }

  return { at, bends }
}

/** So that every agent knows the start in time, even if its message takes several round trips. */
const roundTripsAhead = 10
const leastAheadUs = 200_000

/** Agents refuse a start that is more than a minute ahead, by their clocks. */
const mostAheadUs = 30e6

/**
 * The start of a load, µs on the clock of `nowUs`.
 *
 * @param roundTripsUs of the latest probes of all agents
 * @param missed how many starts of this load passed before an agent heard of them: each time the next one is four times as far
 *   ahead
 */
export function chooseStart(nowUs: number, roundTripsUs: readonly number[], missed = 0): number {
  const aheadUs = Math.max(leastAheadUs, roundTripsAhead * Math.max(0, ...roundTripsUs))
  return nowUs + Math.min(mostAheadUs, aheadUs * 4 ** missed)
}
