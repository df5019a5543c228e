import { Outcome, type RequestColumns } from '../run/record.js'

export interface AnswerCheck {
  /** Requests whose answers were compared. */
  compared: number
  wrong: number
  largestDeviation: number
}

/**
 * Whether the request was answered, and the answer is not that to another frame. An answer that was not compared counts
 * as correct.
 */
export function isCorrect(requests: RequestColumns, row: number, tolerance: number): boolean {
  return requests.outcome[row] === Outcome.ok && !isAnotherAnswer(requests, row, tolerance)
}

/** Undefined if no answer was compared. */
export function checkAnswers(requests: RequestColumns, tolerance: number): AnswerCheck | undefined {
  const check: AnswerCheck = { compared: 0, wrong: 0, largestDeviation: 0 }
  for (let row = 0; row < requests.count; row++) {
    const deviation = requests.answerDeviation[row]!
    if (Number.isNaN(deviation)) continue
    check.compared++
    if (isAnotherAnswer(requests, row, tolerance)) check.wrong++
    if (deviation > check.largestDeviation) check.largestDeviation = deviation
  }
  return check.compared === 0 ? undefined : check
}

/** NaN marks an answer that was not compared. It does not exceed the tolerance. */
function isAnotherAnswer({ answerDeviation }: RequestColumns, row: number, tolerance: number): boolean {
  return answerDeviation[row]! > tolerance
}
