import type { AnswerReference } from '../run/answer-reference.js'
import { Outcome, type RequestColumns } from '../run/record.js'
import type { Point } from '../scenario/plan/plan.js'
import { plural } from '../system/plural.js'
import type { Fold } from './fold.js'

export interface AnswerCheck {
  /** Requests whose answers were compared. */
  compared: number
  wrong: number
  largestDeviation: number
  /** Frames that got another frame's answer before the load, when they were sent together; absent if none. */
  mixedUp?: number | undefined
}

/**
 * Whether the request was answered, and the answer is not that to another frame. An answer that was not compared counts
 * as correct.
 */
export function isCorrect(requests: RequestColumns, row: number, tolerance: number): boolean {
  return requests.outcome[row] === Outcome.ok && !isAnotherAnswer(requests, row, tolerance)
}

/** Undefined if no answer was compared. */
export function checkAnswers(tolerance: number, mixedUp?: number): Fold<AnswerCheck | undefined> {
  const check: AnswerCheck = {
    compared: 0,
    wrong: 0,
    largestDeviation: 0,
    ...(mixedUp !== undefined && { mixedUp }),
  }
  return {
    add({ requests }) {
      for (let row = 0; row < requests.count; row++) {
        const deviation = requests.answerDeviation[row]!
        if (Number.isNaN(deviation)) continue
        check.compared++
        if (isAnotherAnswer(requests, row, tolerance)) check.wrong++
        if (deviation > check.largestDeviation) check.largestDeviation = deviation
      }
    },
    result: () => (check.compared === 0 && mixedUp === undefined ? undefined : check),
  }
}

/**
 * Frames that were mixed up before the load. A load that joins no frames cannot mix them up. References without `compared`
 * are from before mix-ups were told from noise.
 */
export function mixedUpBefore(
  { batching }: Pick<Point, 'batching'>,
  reference: AnswerReference | undefined,
): number | undefined {
  return batching.batchSize === 1 || reference?.compared === undefined ? undefined : reference.mixedUp
}

export function describeWrongAnswers({
  compared,
  wrong,
  largestDeviation,
  mixedUp = 0,
}: AnswerCheck): string {
  const during =
    `${wrong} of ${compared} answers differ from the answer to the same frame sent alone ` +
    `(largest deviation ${largestDeviation.toPrecision(2)}).`
  const before = `Before the load, ${plural(mixedUp, 'frame')} sent together with others got the answer to another frame.`
  if (mixedUp === 0) return during
  return wrong === 0 ? before : `${during} ${before}`
}

/** NaN marks an answer that was not compared. It does not exceed the tolerance. */
function isAnotherAnswer({ answerDeviation }: RequestColumns, row: number, tolerance: number): boolean {
  return answerDeviation[row]! > tolerance
}
