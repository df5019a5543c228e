import type { MeasurementSamples } from '../run/record.js'

/**
 * The samples as they would be if no request had been sent late and the server had served each of them in the same time:
 * sent and answered earlier by its own lag. All other columns are shared.
 *
 * @param lagsUs by row of the request
 * @returns undefined if no request was late
 */
export function samplesWithoutLateness(
  { requests, frames }: MeasurementSamples,
  lagsUs: Float64Array,
): MeasurementSamples | undefined {
  if (!isAnyLate(lagsUs)) return undefined
  const sentUs = requests.sentUs.slice()
  const answeredUs = requests.answeredUs.slice()
  for (let row = 0; row < requests.count; row++) {
    sentUs[row]! -= lagsUs[row]!
    answeredUs[row]! -= lagsUs[row]!
  }
  const frameAnsweredUs = frames.answeredUs.slice()
  for (let i = 0; i < frames.count; i++) {
    const row = frames.requestRow[i]!
    if (row >= 0) frameAnsweredUs[i] = answeredUs[row]!
  }
  return {
    requests: { ...requests, sentUs, answeredUs },
    frames: { ...frames, answeredUs: frameAnsweredUs },
  }
}

function isAnyLate(lagsUs: Float64Array): boolean {
  for (let row = 0; row < lagsUs.length; row++) if (lagsUs[row] !== 0) return true
  return false
}

/** Figures as measured and, beside them, those that lateness changed, with each request's own lateness taken away. */
interface WithLateness {
  withoutLateness?: object | undefined
}

/** The same figures with lateness taken away; undefined if no request was late in any of them. */
export function withoutLateness<Figures extends WithLateness>(
  figures: readonly Figures[],
): Figures[] | undefined {
  if (figures.every((one) => one.withoutLateness === undefined)) return undefined
  return figures.map((one) => ({ ...one, ...one.withoutLateness }))
}

export interface DecidedTwice<Decision> {
  /** As measured. */
  decision: Decision
  /** With each request's own lateness taken away; undefined if no request was late. */
  withoutLateness: Decision | undefined
  /** The two differ. So nothing is known: it is INVALID. */
  latenessDecides: boolean
}

/**
 * Takes a decision twice: on the figures as measured, and on those with each request's own lateness taken away. This is
 * the one rule for lateness below its limit. `bench`, `gate` and `capacity` use it for whatever they decide.
 *
 * @param without undefined if no request was late
 * @param conclusionOf what is compared
 */
export function decideTwice<Figures, Decision>(
  { measured, without }: { measured: Figures; without: Figures | undefined },
  decide: (figures: Figures) => Decision,
  conclusionOf: (decision: Decision) => unknown,
): DecidedTwice<Decision> {
  const decision = decide(measured)
  if (without === undefined) return { decision, withoutLateness: undefined, latenessDecides: false }
  const other = decide(without)
  return { decision, withoutLateness: other, latenessDecides: conclusionOf(decision) !== conclusionOf(other) }
}
