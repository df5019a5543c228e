import { answerDeviation, type AnswerNumbers } from '../load/answer/answer-deviation.js'
import type { AnswerReference } from '../samples/answer-reference.js'

/** Below this power an answer to another frame could pass as noise. */
const leastPower = 2

/**
 * Decides the tolerance of the answer check: well above the noise that batching makes (floating-point sums in
 * another order) and well below the distance of two different frames. Where no tolerance lies between the two, the
 * check is off and says so.
 * @param alone the answer of each reference frame in a request of its own
 * @param together the answers of the same frames in requests of several
 */
export function answerTolerance(
  alone: readonly AnswerNumbers[],
  together: readonly AnswerNumbers[],
): AnswerReference {
  const noise = Math.max(
    0,
    ...alone.map((answer, index) => answerDeviation(answer, together[index] ?? answer)),
  )
  const nearestDifferent = nearestPair(alone)
  if (Number.isNaN(noise) || nearestDifferent === undefined) {
    return { state: 'off', reason: 'the answers hold no numbers that could be compared' }
  }
  const tolerance = Math.max(10 * noise, nearestDifferent / 100)
  const power = nearestDifferent / tolerance
  if (!(power >= leastPower)) {
    return {
      state: 'off',
      reason:
        `frames of this clip are answered too much alike: the two nearest differ by ${nearestDifferent.toPrecision(2)}, ` +
        `one frame alone and among others by ${noise.toPrecision(2)}`,
    }
  }
  return { state: 'on', frames: alone.length, noise, nearestDifferent, tolerance, power }
}

/** Undefined where there are fewer than two answers, or answers without numbers. */
function nearestPair(answers: readonly AnswerNumbers[]): number | undefined {
  let nearest = Number.POSITIVE_INFINITY
  for (const [index, one] of answers.entries()) {
    for (const other of answers.slice(index + 1)) nearest = Math.min(nearest, answerDeviation(one, other))
  }
  return Number.isFinite(nearest) ? nearest : undefined
}
