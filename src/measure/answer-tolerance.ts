import { answerDeviation, type AnswerNumbers } from '../load/answer/answer-deviation.js'
import type { AnswerReference } from '../run/manifest.js'

/** Below this power an answer to another frame could pass as noise. */
const leastPower = 2

/**
 * Decides the tolerance of the answer check: well above the noise that batching makes (floating-point sums in
 * another order) and well below the distance of two different frames. Where no tolerance lies between the two, the
 * check is off and says so.
 *
 * A server that mixes up frames does so here as well. Its wrong answers must not pass for noise, or the check would
 * switch itself off where it is needed most: an answer is noisy by its distance from the frame that it is nearest
 * to, and mixed up where that is another one.
 * @param alone the answer of each reference frame in a request of its own
 * @param together the answers of the same frames beside each other, as often as they were asked for
 */
export function answerTolerance(
  alone: readonly AnswerNumbers[],
  ...together: readonly (readonly AnswerNumbers[])[]
): AnswerReference {
  const nearestDifferent = nearestPair(alone)
  const matches = together.flatMap((answers) => answers.map((answer, index) => matchOf(answer, alone, index)))
  const noise = Math.max(0, ...matches.map(({ distance }) => distance))
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

/** Which frame an answer belongs to by its distance: its own, unless another one is nearer. */
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

/** Undefined where there are fewer than two answers, or answers without numbers. */
function nearestPair(answers: readonly AnswerNumbers[]): number | undefined {
  let nearest = Number.POSITIVE_INFINITY
  for (const [index, one] of answers.entries()) {
    for (const other of answers.slice(index + 1)) nearest = Math.min(nearest, answerDeviation(one, other))
  }
  return Number.isFinite(nearest) ? nearest : undefined
}
