import { Outcome } from '../../run/record.js'
import type { AnswerShape } from '../../scenario/plan/plan.js'
import type { RequestEnd } from '../http/connection.js'
import { answerDeviation, answerNumbers, type AnswerNumbers } from './answer-deviation.js'
import { pointerKeys, resultsInAnswer } from './results-in-answer.js'

/** The result of a request. */
export interface AnswerClass {
  /** Index into `outcomes`. */
  outcome: number
  /** Largest distance to the reference answers; NaN if not compared. */
  deviation: number
}

export type ClassifyAnswer = (
  end: RequestEnd,
  status: number,
  body: Uint8Array | undefined,
  clipFrames: readonly number[],
) => AnswerClass

/** True if the classifier reads the bodies of answers. */
export function needsBody(
  answer: AnswerShape,
  referenceAnswers: readonly AnswerNumbers[] | undefined,
): boolean {
  return answer !== 'none' || referenceAnswers !== undefined
}

/** Classifies how a request ended. Every call returns the same object, overwritten. */
export function answerClassifier(
  answer: AnswerShape,
  referenceAnswers?: readonly AnswerNumbers[],
): ClassifyAnswer {
  const list = typeof answer === 'object' && 'list' in answer ? answer.list : undefined
  const listKeys = pointerKeys(list ?? '')
  const found: AnswerClass = { outcome: 0, deviation: Number.NaN }

  function classifyBody(body: Uint8Array, clipFrames: readonly number[]): number {
    const results = resultsInAnswer(body, clipFrames.length, listKeys)
    if (results === undefined) return list === undefined ? Outcome.ok : Outcome['bad-response']
    if (referenceAnswers !== undefined)
      found.deviation = largestDeviation(results, clipFrames, referenceAnswers)
    return Outcome.ok
  }

  return (end, status, body, clipFrames) => {
    found.deviation = Number.NaN
    if (end === 'timeout') found.outcome = Outcome.timeout
    else if (end === 'connection-error') found.outcome = Outcome['connection-error']
    else if (end === 'aborted') found.outcome = Outcome.aborted
    else if (end === 'not-http') found.outcome = Outcome['bad-response']
    else if (status !== 200) found.outcome = Outcome['http-error']
    else if (body === undefined) found.outcome = Outcome.ok
    else found.outcome = classifyBody(body, clipFrames)
    return found
  }
}

function largestDeviation(
  results: readonly unknown[],
  clipFrames: readonly number[],
  referenceAnswers: readonly AnswerNumbers[],
): number {
  let largest = Number.NaN
  for (const [place, frame] of clipFrames.entries()) {
    const reference = referenceAnswers[frame]
    if (reference === undefined) continue
    const deviation = answerDeviation(answerNumbers(results[place]), reference)
    if (!(deviation <= largest)) largest = deviation
  }
  return largest
}
