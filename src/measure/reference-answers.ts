import { answerDeviation, answerNumbers, type AnswerNumbers } from '../load/answer/answer-deviation.js'
import { pointerKeys, resultsInAnswer } from '../load/answer/results-in-answer.js'
import type { AnswerSetting, Encoding, Point } from '../scenario/plan/plan.js'
import type { AnswerReference } from '../run/manifest.js'
import type { RunningServer } from '../server/running-server.js'
import type { Clip } from '../frames/video/decode-frames.js'
import type { PayloadOf } from './prepare-clip.js'
import { postFrames, type PostOptions } from '../load/post-frames.js'

const mostReferenceFrames = 32
/** Time budget of the reference. A single request waits the whole batch delay. */
const referenceBudgetMs = 5000
const expectedInferenceMs = 60

export interface ReferenceAnswers {
  reference: AnswerReference
  /** By clip frame, with gaps; undefined if answers are not compared. */
  answers?: AnswerNumbers[]
}

/**
 * Sends some frames of the clip to the server, one at a time with one request in flight, so that batching cannot mix
 * them up. Then it sends them together, in one request and in the server's own batches, to measure how much that
 * changes the numbers.
 */
export async function collectReferenceAnswers(
  {
    server,
    clip,
    payloadOf,
    points,
    point,
  }: {
    server: RunningServer
    clip: Clip
    payloadOf: PayloadOf
    /** All points that are measured on this server and clip. */
    points: readonly Point[]
    /** The first of these points. */
    point: Point
  },
  options: PostOptions,
): Promise<ReferenceAnswers> {
  const { model } = point
  const list = listOfAnswers(model.answer)
  if (list === undefined) {
    return { reference: { state: 'off', reason: 'the scenario switches off the parsing of answers' } }
  }
  const keys = pointerKeys(list)
  const frames = referenceFrames(clip.frames.length, point.batching.maxBatchDelayMs ?? 0)

  /**
   * One result per frame, or undefined if an answer is not usable.
   * @param atOnce requests in flight; with 1, the server
   * does not batch them
   */
  async function ask(
    encoding: Encoding,
    framesPerRequest: number,
    atOnce: number,
  ): Promise<AnswerNumbers[] | undefined> {
    const payload = payloadOf(clip, { batching: { ...point.batching, encoding, framesPerRequest }, model })
    const results: AnswerNumbers[] = []
    for (const group of groupsOf(groupsOf(frames, framesPerRequest), atOnce)) {
      const found = await Promise.all(
        group.map(async (together) => {
          const { status, body } = await postFrames(server.endpoint, payload, together, options)
          return status === 200 ? resultsInAnswer(body, together.length, keys) : undefined
        }),
      )
      if (found.includes(undefined)) return undefined
      results.push(...found.flatMap((some) => some ?? []).map(answerNumbers))
    }
    return results
  }

  const batchings = points.map(({ batching }) => batching)
  const single = batchings.find(({ framesPerRequest }) => framesPerRequest === 1)
  const several = batchings.find(({ framesPerRequest }) => framesPerRequest > 1)
  const { serverBatchSize } = point.batching
  const alone = await ask(single?.encoding ?? point.batching.encoding, 1, 1)
  const together: AnswerNumbers[][] = []
  for (const [asked, encoding, framesPerRequest, atOnce] of [
    [several !== undefined, several?.encoding, several?.framesPerRequest, 1],
    [single !== undefined && serverBatchSize > 1, single?.encoding, 1, serverBatchSize],
  ] as const) {
    if (!asked || alone === undefined) continue
    const answers = await ask(encoding!, framesPerRequest!, atOnce)
    if (answers === undefined) return { reference: { state: 'off', reason: noResult } }
    together.push(answers)
  }
  if (alone === undefined) return { reference: { state: 'off', reason: noResult } }
  const reference = answerTolerance(alone, ...together)
  if (reference.state === 'off') return { reference }
  const answers: AnswerNumbers[] = []
  for (const [index, frame] of frames.entries()) answers[frame] = alone[index]!
  return { reference, answers }
}

function listOfAnswers(answer: AnswerSetting): string | undefined {
  if (answer === 'auto') return ''
  return answer !== 'none' && 'list' in answer ? answer.list : undefined
}

const noResult = 'the server did not return one result per frame'

function groupsOf<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, group) =>
    items.slice(group * size, (group + 1) * size),
  )
}

/** Frames spread evenly over the clip, as many as the budget allows, but at least 4 if the clip has them. */
export function referenceFrames(clipFrames: number, maxBatchDelayMs: number): number[] {
  const affordable = Math.floor(referenceBudgetMs / (maxBatchDelayMs + expectedInferenceMs))
  const count = Math.min(clipFrames, mostReferenceFrames, Math.max(4, affordable))
  return Array.from({ length: count }, (_, index) => Math.floor((index * clipFrames) / count))
}

/** With a smaller power, an answer to another frame could be mistaken for noise. */
const leastPower = 2

/**
 * Decides the tolerance of the answer check: well above the noise that batching makes (floating-point sums in another
 * order) and well below the distance between two different frames. If there is no tolerance between the two, the check
 * is switched off, with the reason.
 *
 * A server that mixes up frames also does so here. Its wrong answers must not count as noise, or the check would be
 * switched off when it is needed most. So the noise of an answer is its distance to the nearest frame, and the answer
 * is mixed up if that is another frame.
 * @param alone the answer of each reference frame in a request of its own
 * @param together the answers to the same frames together with others, one list per attempt
 */
export function answerTolerance(
  alone: readonly AnswerNumbers[],
  ...together: readonly (readonly AnswerNumbers[])[]
): AnswerReference {
  const nearestDifferent = nearestPair(alone)
  const matches = together.flatMap((answers) => answers.map((answer, index) => matchOf(answer, alone, index)))
  const noise = Math.max(0, ...matches.map(({ distance }) => distance))
  if (Number.isNaN(noise) || nearestDifferent === undefined) {
    return { state: 'off', reason: 'the answers have no numbers to compare' }
  }
  const tolerance = Math.max(10 * noise, nearestDifferent / 100)
  const power = nearestDifferent / tolerance
  if (!(power >= leastPower)) {
    return {
      state: 'off',
      reason:
        `the answers to different frames of this clip are too similar: the two nearest differ by ${nearestDifferent.toPrecision(2)}, ` +
        `the answers to one frame alone and with others by ${noise.toPrecision(2)}`,
    }
  }
  const mixedUp = matches.filter(({ own }) => !own).length
  return {
    state: 'on',
    frames: alone.length,
    noise,
    nearestDifferent,
    tolerance,
    power,
    ...(mixedUp > 0 && { mixedUp }),
  }
}

/** The frame to which an answer belongs by its distance: its own frame, unless another one is nearer. */
function matchOf(
  answer: AnswerNumbers,
  alone: readonly AnswerNumbers[],
  index: number,
): { own: boolean; distance: number } {
  const ownDistance = answerDeviation(answer, alone[index]!)
  const others = alone.filter((_, other) => other !== index)
  const nearest = Math.min(...others.map((other) => answerDeviation(answer, other)))
  return nearest < ownDistance ? { own: false, distance: nearest } : { own: true, distance: ownDistance }
}

/** Undefined if there are fewer than two answers, or answers without numbers. */
function nearestPair(answers: readonly AnswerNumbers[]): number | undefined {
  let nearest = Number.POSITIVE_INFINITY
  for (const [index, one] of answers.entries()) {
    for (const other of answers.slice(index + 1)) nearest = Math.min(nearest, answerDeviation(one, other))
  }
  return Number.isFinite(nearest) ? nearest : undefined
}
