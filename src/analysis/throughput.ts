import { Outcome, type MeasurementSamples, type RequestColumns } from '../run/record.js'
import { answerTimesOf, type Samples } from '../run/sample-parts.js'
import { isCorrect } from './answer-check.js'
import { foldOver, type Fold } from './fold.js'
import { rowsInOrder } from './rows-in-order.js'

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

/** Frames answered ÷ elapsed time. See `throughputFold`. */
export function measureThroughput(samples: Samples, question: ThroughputQuestion): Throughput {
  const { inWindow } = countAnswers(samples, question)
  return foldOver(samples, throughputFold(question, inWindow), 'answeredUs')
}

type Window = Pick<ThroughputQuestion, 'windowStartUs' | 'windowEndUs'>

interface Answers {
  /** Requests that were answered in the window, well or not. */
  inWindow: number
  /** Time of the last answer; 0 if there is none. */
  lastUs: number
}

/** What has to be known of the answers before their figures can be computed. */
export function countAnswers(samples: Samples, window: Window): Answers {
  const answers = { inWindow: 0, lastUs: 0 }
  for (const times of answerTimesOf(samples)) addAnswers(answers, times, window)
  return answers
}

/** As `countAnswers`, of samples that are read part by part. */
export function foldAnswers(window: Window): Fold<Answers> {
  const answers = { inWindow: 0, lastUs: 0 }
  return {
    add: ({ requests }) => addAnswers(answers, requests.answeredUs.subarray(0, requests.count), window),
    result: () => answers,
  }
}

function addAnswers(answers: Answers, times: Float64Array, { windowStartUs, windowEndUs }: Window): void {
  for (let i = 0; i < times.length; i++) {
    const us = times[i]!
    if (us > windowStartUs && us <= windowEndUs) answers.inWindow++
    if (us > answers.lastUs) answers.lastUs = us
  }
}

/**
 * Frames answered ÷ elapsed time.
 *
 * A closed load is timed from the end of one burst of answers to the end of another (see `countBursts`). Its requests are
 * read in order of `answeredUs`. Cameras send at a given rate, so their answers are counted in the window itself. Passes are
 * timed from the first request sent to the last one answered.
 *
 * @param answeredInWindow of a closed load: as `countAnswers` finds it
 */
export function throughputFold(question: ThroughputQuestion, answeredInWindow: number): Fold<Throughput> {
  const { load, extent, windowStartUs, windowEndUs, sloUs } = question
  const window = { fromUs: windowStartUs, toUs: windowEndUs }
  const counter =
    extent === 'passes'
      ? countPasses(window)
      : load === 'closed'
        ? countBursts(window, answeredInWindow)
        : countWithin(window)
  const isGood = ({ requests }: MeasurementSamples, row: number, latencyUs: number) =>
    latencyUs <= sloUs! && isCorrect(requests, row, question.answerTolerance)

  /** In any order: cameras are counted within given times. */
  function addFrames(part: MeasurementSamples): void {
    const { count, requestRow, outcome, answeredUs, capturedUs } = part.frames
    for (let i = 0; i < count; i++) {
      const row = requestRow[i]!
      if (row < 0 || outcome[i] !== Outcome.ok) continue
      const us = answeredUs[i]!
      counter.count(us, 1, isGood(part, row, us - capturedUs[i]!) ? 1 : 0)
    }
  }

  function addRequests(part: MeasurementSamples): void {
    const { requests } = part
    for (const row of rowsInOrder(requests.answeredUs, requests.count)) {
      const answeredUs = requests.answeredUs[row]!
      const frames = requests.outcome[row] === Outcome.ok ? requests.frames[row]! : 0
      const isGoodRequest = frames > 0 && isGood(part, row, answeredUs - requests.sentUs[row]!)
      counter.count(answeredUs, frames, isGoodRequest ? frames : 0)
    }
  }

  return {
    add(part) {
      counter.observe(part.requests)
      if (load === 'cameras') addFrames(part)
      else addRequests(part)
    },
    result() {
      const { fromUs, toUs, frames, good } = counter.result()
      const seconds = (toUs - fromUs) / 1e6
      const rate = (frames: number) => (seconds > 0 ? frames / seconds : 0)
      const throughput: Throughput = { fromUs, toUs, framesOk: frames, fps: rate(frames) }
      if (sloUs !== undefined) throughput.goodputFps = rate(good)
      return throughput
    },
  }
}

interface Interval {
  fromUs: number
  toUs: number
}

/** Counts the frames answered in an interval, of which a part were answered correctly within the SLO. */
interface AnswerCounter {
  observe: (requests: RequestColumns) => void
  count: (answeredUs: number, frames: number, good: number) => void
  result: () => Interval & { frames: number; good: number }
}

function countWithin({ fromUs, toUs }: Interval): AnswerCounter {
  let [frames, good] = [0, 0]
  return {
    observe: () => undefined,
    count(answeredUs, moreFrames, moreGood) {
      if (!(answeredUs > fromUs && answeredUs <= toUs)) return
      frames += moreFrames
      good += moreGood
    },
    result: () => ({ fromUs, toUs, frames, good }),
  }
}

/** From the first request sent to the last one answered, which holds all answers; the window if there are none. */
function countPasses(window: Interval): AnswerCounter {
  let [frames, good] = [0, 0]
  let [firstUs, lastUs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  return {
    observe({ count, sentUs, answeredUs }) {
      for (let row = 0; row < count; row++) {
        if (sentUs[row]! < firstUs) firstUs = sentUs[row]!
        if (answeredUs[row]! > lastUs) lastUs = answeredUs[row]!
      }
    },
    count(_, moreFrames, moreGood) {
      frames += moreFrames
      good += moreGood
    },
    result: () =>
      lastUs > firstUs ? { fromUs: firstUs, toUs: lastUs, frames, good } : { ...window, frames: 0, good: 0 },
  }
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
 *
 * Answers are counted in ascending order.
 */
export function countBursts(window: Interval, answeredInWindow: number): AnswerCounter {
  const longWaitUs = (window.toUs - window.fromUs) / answeredInWindow / 2
  let [frames, good] = [0, 0]
  let from: Edge | undefined
  let to: Edge | undefined
  // What was counted up to the window's start and end.
  const start: Edge = { us: window.fromUs, frames: 0, good: 0 }
  const end: Edge = { us: window.toUs, frames: 0, good: 0 }
  let longestWaitUs = 0
  let previousUs: number | undefined
  let previousInWindowUs: number | undefined

  /** All answers up to this time are counted. No other follows for so long. */
  function wait(us: number, waitUs: number): void {
    if (us > window.toUs) return
    end.frames = frames
    end.good = good
    const isBurstEnd = waitUs >= longWaitUs
    if (us > window.fromUs) {
      if (isBurstEnd) to = { us, frames, good }
    } else {
      start.frames = frames
      start.good = good
      if (isBurstEnd) from = { us, frames, good }
    }
  }

  return {
    observe: () => undefined,
    count(answeredUs, moreFrames, moreGood) {
      if (previousUs !== undefined) wait(previousUs, answeredUs - previousUs)
      previousUs = answeredUs
      frames += moreFrames
      good += moreGood
      if (answeredUs <= window.fromUs || answeredUs > window.toUs) return
      const waitedUs = answeredUs - (previousInWindowUs ?? (from ?? start).us)
      longestWaitUs = Math.max(longestWaitUs, waitedUs)
      previousInWindowUs = answeredUs
    },
    result() {
      if (previousUs !== undefined) wait(previousUs, Number.POSITIVE_INFINITY)
      if (previousInWindowUs === undefined) return { ...window, frames: 0, good: 0 }
      const first = from ?? start
      const last = to === undefined || window.toUs - to.us > 2 * longestWaitUs ? end : to
      return {
        fromUs: first.us,
        toUs: last.us,
        frames: last.frames - first.frames,
        good: last.good - first.good,
      }
    },
  }
}

/** A time, and what was counted until then. */
interface Edge {
  us: number
  frames: number
  good: number
}
