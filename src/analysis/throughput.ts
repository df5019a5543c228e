import { Outcome, type MeasurementSamples } from '../run/record.js'
import { isCorrect } from './answer-check.js'

export interface ThroughputQuestion {
  load: 'closed' | 'cameras'
  extent: 'window' | 'passes'
  windowStartUs: number
  windowEndUs: number
  /** No SLO, no goodput. */
  sloUs?: number | undefined
  answerTolerance: number
}

export interface Throughput {
  /** Frames were counted between these times; µs since the measurement's start. */
  fromUs: number
  toUs: number
  framesOk: number
  fps: number
  goodputFps?: number | undefined
}

/**
 * Frames answered ÷ elapsed time.
 *
 * A closed load is timed from the end of one burst of answers to the end of another (see betweenBursts). Cameras send
 * at a given rate, so their answers are counted in the window itself. Passes are timed from the first request sent to
 * the last one answered.
 */
export function measureThroughput(samples: MeasurementSamples, question: ThroughputQuestion): Throughput {
  const { fromUs, toUs } = countedExtent(samples, question)
  const { requests, frames } = samples
  const inside = (answeredUs: number) => answeredUs > fromUs && answeredUs <= toUs
  let framesOk = 0
  let framesGood = 0
  const count = (row: number, latencyUs: number, frames: number) => {
    framesOk += frames
    if (latencyUs <= question.sloUs! && isCorrect(requests, row, question.answerTolerance))
      framesGood += frames
  }
  if (question.load === 'cameras') {
    for (let i = 0; i < frames.count; i++) {
      const row = frames.requestRow[i]!
      if (row < 0 || frames.outcome[i] !== Outcome.ok) continue
      const answeredUs = frames.answeredUs[i]!
      if (inside(answeredUs)) count(row, answeredUs - frames.capturedUs[i]!, 1)
    }
  } else {
    for (let row = 0; row < requests.count; row++) {
      const answeredUs = requests.answeredUs[row]!
      if (requests.outcome[row] === Outcome.ok && inside(answeredUs))
        count(row, answeredUs - requests.sentUs[row]!, requests.frames[row]!)
    }
  }
  const seconds = (toUs - fromUs) / 1e6
  const rate = (frames: number) => (seconds > 0 ? frames / seconds : 0)
  const throughput: Throughput = { fromUs, toUs, framesOk, fps: rate(framesOk) }
  if (question.sloUs !== undefined) throughput.goodputFps = rate(framesGood)
  return throughput
}

function countedExtent(
  { requests }: MeasurementSamples,
  { load, extent, windowStartUs, windowEndUs }: ThroughputQuestion,
): { fromUs: number; toUs: number } {
  const window = { fromUs: windowStartUs, toUs: windowEndUs }
  if (extent === 'passes') {
    const first = extreme(requests.sentUs, requests.count, Math.min, Number.POSITIVE_INFINITY)
    const last = extreme(requests.answeredUs, requests.count, Math.max, Number.NEGATIVE_INFINITY)
    // The first request was sent before any answer, so the interval (from, to] contains every answer.
    return last > first ? { fromUs: first, toUs: last } : window
  }
  return load === 'cameras' ? window : betweenBursts(requests.answeredUs.subarray(0, requests.count), window)
}

function extreme(
  values: Float64Array,
  count: number,
  pick: (a: number, b: number) => number,
  initial: number,
): number {
  let picked = initial
  for (let i = 0; i < count; i++) if (!Number.isNaN(values[i]!)) picked = pick(picked, values[i]!)
  return picked
}

interface Interval {
  fromUs: number
  toUs: number
}

/**
 * The interval over which a closed load's rate is taken: from the end of the last burst of answers before the
 * window (else the window's start) to the end of the last burst in it.
 *
 * A batch answers all its requests within a fraction of a millisecond. Then there are no answers until the next batch
 * is done. An edge inside such a burst counts some of its frames without the time that they took: with batches of 4 and
 * nine batches in a window, FPS is 8 % too high. A burst ends at an answer that is followed by a wait of at least half
 * the mean wait.
 *
 * If the server stopped answering (the wait after the last burst is more than twice any wait before it), the interval
 * ends with the window, so that this time counts.
 */
export function betweenBursts(answeredUs: Float64Array, window: Interval): Interval {
  const times = answeredUs.filter((us) => !Number.isNaN(us)).toSorted()
  const inWindow = times.filter((us) => us > window.fromUs && us <= window.toUs)
  if (inWindow.length === 0) return window
  const longWaitUs = (window.toUs - window.fromUs) / inWindow.length / 2
  let fromUs = window.fromUs
  let toUs = window.toUs
  for (const [index, us] of times.entries()) {
    if (us > window.toUs) break
    const waitUs = (times[index + 1] ?? Number.POSITIVE_INFINITY) - us
    if (waitUs < longWaitUs) continue
    if (us <= window.fromUs) fromUs = us
    else toUs = us
  }
  const longestWaitUs = inWindow.reduce(
    (longest, us, index) => Math.max(longest, us - (inWindow[index - 1] ?? fromUs)),
    0,
  )
  return { fromUs, toUs: window.toUs - toUs > 2 * longestWaitUs ? window.toUs : toUs }
}
