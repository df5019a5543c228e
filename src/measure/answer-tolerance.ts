import { answerDistance, type ComparableAnswer } from '../load/answer/answer-deviation.js'
import type { AnswerReference } from '../run/answer-reference.js'

/** With a smaller power, an answer to another frame could be mistaken for noise. */
const leastPower = 2
/**
 * The tolerance is at least this fraction of the distance between two frames, however small the noise that was seen. A
 * GPU may compute all batches of the reference with one algorithm and those of the load with another: on an H200,
 * answers repeated to the bit before a load and differed by 3 % of that distance in it. Mixed up frames differ by all of it.
 */
const leastFraction = 10

/** An answer to the frame (or request) with this index, sent together with others. */
export type JoinedAnswer = ComparableAnswer | undefined

/**
 * Decides the tolerance of the answer check: well above the noise that batching makes (floating-point sums in another
 * order) and well below the distance between two different answers. If there is no tolerance between the two, the check
 * is switched off, with the reason.
 *
 * A server that mixes up frames also does so here. Its wrong answers must not count as noise, or the check would be
 * switched off when it is needed most. So the noise of an answer is its distance to the nearest frame, and the answer
 * is mixed up if that is another frame and its own is further away than the tolerance.
 * @param alone the answer to each reference frame (or request) sent alone
 * @param together the answers to the same ones sent together with others, one list per attempt; undefined if it failed
 * @param options.chosen the tolerance of the scenario, which replaces the measured one
 * @param options.noiseBefore the largest noise of this model that other settings have shown
 */
export function answerTolerance(
  alone: readonly ComparableAnswer[],
  together: readonly (readonly JoinedAnswer[])[],
  { chosen, noiseBefore = 0 }: { chosen?: number | undefined; noiseBefore?: number | undefined } = {},
): AnswerReference {
  const matches = together.flatMap((answers) =>
    answers.flatMap((answer, index) => (answer === undefined ? [] : [matchOf(answer, alone, index)])),
  )
  const noise = Math.max(noiseBefore, ...matches.map(({ distance }) => distance))
  if (alone.length < 2 || alone.every((answer) => isEmpty(answer)))
    return { state: 'off', reason: alone.length < 2 ? 'there is one answer only' : 'the answers are empty' }
  const nearestDifferent = nearestPair(alone)
  const tolerance = chosen ?? Math.max(10 * noise, nearestDifferent / leastFraction)
  const mixedUp = matches.filter(({ own, ownDistance }) => !own && ownDistance > tolerance).length
  const power = nearestDifferent / tolerance
  const found = mixedUp > 0 && { mixedUp }
  if (nearestDifferent === 0 || (chosen === undefined && !(power >= leastPower))) {
    return {
      state: 'off',
      reason:
        `the answers to different frames of this clip are too similar: the two nearest differ by ${nearestDifferent.toPrecision(2)}, ` +
        `the answers to one frame alone and with others by ${noise.toPrecision(2)}`,
      noise,
      ...found,
    }
  }
  return { state: 'on', frames: alone.length, noise, nearestDifferent, tolerance, power, ...found }
}

function isEmpty(answer: ComparableAnswer): boolean {
  return typeof answer === 'string' ? answer === '' : Object.keys(answer).length === 0
}

/** The frame to which an answer belongs by its distance: its own frame, unless another one is nearer. */
function matchOf(
  answer: ComparableAnswer,
  alone: readonly ComparableAnswer[],
  index: number,
): { own: boolean; distance: number; ownDistance: number } {
  const ownDistance = answerDistance(answer, alone[index]!)
  const others = alone.filter((_, other) => other !== index)
  const nearest = others.reduce(
    (least, other) => Math.min(least, answerDistance(answer, other)),
    Number.POSITIVE_INFINITY,
  )
  return nearest < ownDistance
    ? { own: false, distance: nearest, ownDistance }
    : { own: true, distance: ownDistance, ownDistance }
}

/**
 * The distance between the two most similar answers that differ; 0 if all are equal. Frames with equal answers, such as
 * those without any object, do not count: exchanging them makes no difference.
 */
function nearestPair(answers: readonly ComparableAnswer[]): number {
  let nearest = Number.POSITIVE_INFINITY
  for (const [index, one] of answers.entries()) {
    for (const other of answers.slice(index + 1)) {
      const distance = answerDistance(one, other)
      if (distance > 0 && distance < nearest) nearest = distance
    }
  }
  return Number.isFinite(nearest) ? nearest : 0
}
