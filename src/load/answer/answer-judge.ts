import { Outcome } from '../../run/record.js'
import type { AnswerShape } from '../../scenario/schema/settings.js'
import type { RequestEnd } from '../http/connection.js'
import type { AnswerNumbers } from './answer-deviation.js'
import { answerDeviation, answerNumbers } from './answer-deviation.js'
import { pointerKeys, resultsInAnswer } from './results-in-answer.js'

export interface Verdict {
  /** Index into `outcomes`. */
  outcome: number
  /** NaN: not compared. */
  deviation: number
}

export type AnswerJudge = (
  end: RequestEnd,
  status: number,
  body: Uint8Array | undefined,
  clipFrames: readonly number[],
) => Verdict

/** True where bodies have to be kept for the judge. */
export function looksIntoAnswers(
  answer: AnswerShape,
  referenceAnswers: readonly AnswerNumbers[] | undefined,
): boolean {
  return answer.list !== undefined || referenceAnswers !== undefined
}

/** Says what became of a request. The verdict is one object, overwritten by the next. */
export function answerJudge(answer: AnswerShape, referenceAnswers?: readonly AnswerNumbers[]): AnswerJudge {
  const listKeys = pointerKeys(answer.list ?? '')
  const verdict: Verdict = { outcome: 0, deviation: Number.NaN }

  function judgeBody(body: Uint8Array, clipFrames: readonly number[]): number {
    const results = resultsInAnswer(body, clipFrames.length, listKeys)
    if (results === undefined) return answer.list === undefined ? Outcome.ok : Outcome['bad-response']
    if (referenceAnswers !== undefined)
      verdict.deviation = largestDeviation(results, clipFrames, referenceAnswers)
    return Outcome.ok
  }

  return (end, status, body, clipFrames) => {
    verdict.deviation = Number.NaN
    if (end === 'timeout') verdict.outcome = Outcome.timeout
    else if (end === 'connection-error') verdict.outcome = Outcome['connection-error']
    else if (end === 'aborted') verdict.outcome = Outcome.aborted
    else if (end === 'not-http') verdict.outcome = Outcome['bad-response']
    else if (status !== 200) verdict.outcome = Outcome['http-error']
    else if (body === undefined) verdict.outcome = Outcome.ok
    else verdict.outcome = judgeBody(body, clipFrames)
    return verdict
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
