import type { MeasurementSamples } from '../samples/sample-columns.js'
import { outcomes } from '../samples/sample-columns.js'
import { isCorrect } from './answer-check.js'
import { rowOf } from './latencies.js'

const ok = outcomes.indexOf('ok')

export interface ThroughputQuestion {
  load: 'closed' | 'cameras'
  extent: 'window' | 'passes'
  windowStartUs: number
  windowEndUs: number
  /** No SLO, no goodput. */
  sloUs?: number
  answerTolerance: number
}

export interface Throughput {
  /** Between these instants frames were counted; µs since the measurement's start. */
  fromUs: number
  toUs: number
  framesOk: number
  fps: number
  goodputFps?: number
}

/**
 * Frames answered ÷ the time that it took.
 *
 * A closed load is timed from answer to answer: (a, b], a = the last answer before the window, b = the last one
 * in it. Batches answer in bursts of batchSize frames, and a window between two arbitrary instants miscounts by
 * up to one such burst: at 8 frames and 37 FPS over 10 s that is 2 %, more than the modes differ by.
 * Cameras send at a given rate, and their answers are counted in the window itself; passes run from the first
 * request sent to the last one answered.
 */
export function throughputOf(
  samples: MeasurementSamples,
  rows: Int32Array,
  question: ThroughputQuestion,
): Throughput {
  const { fromUs, toUs } = extentOf(samples, question)
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
      const row = rowOf(frames.request[i]!, rows)
      if (row < 0 || frames.outcome[i] !== ok) continue
      const answeredUs = requests.answeredUs[row]!
      if (inside(answeredUs)) count(row, answeredUs - frames.capturedUs[i]!, 1)
    }
  } else {
    for (let row = 0; row < requests.count; row++) {
      const answeredUs = requests.answeredUs[row]!
      if (requests.outcome[row] === ok && inside(answeredUs))
        count(row, answeredUs - requests.sentUs[row]!, requests.frames[row]!)
    }
  }
  const seconds = (toUs - fromUs) / 1e6
  const rate = (frames: number) => (seconds > 0 ? frames / seconds : 0)
  const throughput: Throughput = { fromUs, toUs, framesOk, fps: rate(framesOk) }
  if (question.sloUs !== undefined) throughput.goodputFps = rate(framesGood)
  return throughput
}

function extentOf(
  { requests }: MeasurementSamples,
  { load, extent, windowStartUs, windowEndUs }: ThroughputQuestion,
): { fromUs: number; toUs: number } {
  const window = { fromUs: windowStartUs, toUs: windowEndUs }
  if (extent === 'passes') {
    const first = extreme(requests.sentUs, requests.count, Math.min, Number.POSITIVE_INFINITY)
    const last = extreme(requests.answeredUs, requests.count, Math.max, Number.NEGATIVE_INFINITY)
    // Just before the first sending, so that the interval (from, to] holds every answer.
    return last > first ? { fromUs: first, toUs: last } : window
  }
  return load === 'cameras' ? window : betweenAnswers(requests.answeredUs.subarray(0, requests.count), window)
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

/**
 * The last answer before the window (else its start) to the last one in it. Where the server fell silent, so that
 * the wait after the last answer is more than twice any wait before it, the window's end: the silence counts.
 */
function betweenAnswers(
  answeredUs: Float64Array,
  window: { fromUs: number; toUs: number },
): { fromUs: number; toUs: number } {
  let before = Number.NEGATIVE_INFINITY
  const answers: number[] = []
  for (const us of answeredUs) {
    if (us <= window.fromUs) before = Math.max(before, us)
    else if (us <= window.toUs) answers.push(us)
  }
  if (answers.length === 0) return window
  answers.sort((x, y) => x - y)
  const fromUs = before > Number.NEGATIVE_INFINITY ? before : window.fromUs
  const last = answers.at(-1)!
  const longestWait = answers.reduce(
    (longest, us, i) => Math.max(longest, us - (answers[i - 1] ?? fromUs)),
    0,
  )
  return { fromUs, toUs: window.toUs - last > 2 * longestWait ? window.toUs : last }
}
