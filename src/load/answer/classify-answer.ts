import { Outcome } from '../../run/record.js'
import type { AnswerShape } from '../../scenario/plan/plan.js'
import type { RequestEnd } from '../exchange.js'
import { answerDistance, answerReader, type AnswerRules, type ComparableAnswer } from './answer-deviation.js'
import type { UnwrapAnswer } from './unwrap-answer.js'
import {
  isListed,
  listedResults,
  parseJson,
  pointerKeys,
  resolvePointer,
  wholeAnswer,
} from './results-in-answer.js'

/** How answers are compared with those to the same frames, taken before the load: plain data. */
export interface AnswerComparison {
  rules: AnswerRules
  /** True if all of those answers were JSON: another answer is then a broken one. */
  json: boolean
  /** The keys of the result in the answer to a single frame; [] is the whole answer. */
  singleKeys: readonly string[]
  /**
   * By clip frame, with gaps. With `request`: by the first frame of a request.
   */
  references: readonly ComparableAnswer[]
  /** Set if each answer belongs to a request as a whole: only requests of so many consecutive frames are compared. */
  request?: { frames: number; clipFrames: number } | undefined
}

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
  shape: AnswerShape,
  framesPerRequest: number,
  comparison: AnswerComparison | undefined,
): boolean {
  return isListed(shape, framesPerRequest) || comparison !== undefined
}

/** Classifies how a request ended. An answer that cannot be unwrapped is a broken one. Every call returns the same object, overwritten. */
export function answerClassifier(
  shape: AnswerShape,
  comparison?: AnswerComparison,
  unwrap: UnwrapAnswer = (body) => body,
): ClassifyAnswer {
  const listKeys = pointerKeys(isListed(shape, 2) ? shape.list : '')
  const deviationOf = comparison && deviationReader(comparison, isListed(shape, 2) ? listKeys : undefined)
  const found: AnswerClass = { outcome: 0, deviation: Number.NaN }

  /** Any answer to a single frame is its result, and so is that to a request as a whole. */
  function classifyWhole(body: Uint8Array, clipFrames: readonly number[]): number {
    if (comparison === undefined || deviationOf === undefined) return Outcome.ok
    if (!comparison.json) {
      found.deviation = deviationOf.whole(() => wholeAnswer(body), clipFrames)
      return Outcome.ok
    }
    const document = body.length === 0 ? '' : parseJson(body)
    if (document === undefined) return Outcome['bad-response']
    found.deviation = deviationOf.whole(() => document, clipFrames)
    return Outcome.ok
  }

  function classifyList(body: Uint8Array, clipFrames: readonly number[]): number {
    const results = listedResults(parseJson(body), clipFrames.length, listKeys)
    if (results === undefined) return Outcome['bad-response']
    if (deviationOf !== undefined) found.deviation = deviationOf.list(results, clipFrames)
    return Outcome.ok
  }

  function classifyBody(body: Uint8Array, clipFrames: readonly number[]): number {
    let plain: Uint8Array
    try {
      plain = unwrap(body)
    } catch {
      return Outcome['bad-response']
    }
    return isListed(shape, clipFrames.length)
      ? classifyList(plain, clipFrames)
      : classifyWhole(plain, clipFrames)
  }

  return (end, status, body, clipFrames) => {
    found.deviation = Number.NaN
    if (end === 'timeout') found.outcome = Outcome.timeout
    else if (end === 'connection-error') found.outcome = Outcome['connection-error']
    else if (end === 'aborted') found.outcome = Outcome.aborted
    else if (end === 'malformed') found.outcome = Outcome['bad-response']
    else if (status !== 200) found.outcome = Outcome['http-error']
    else if (body === undefined) found.outcome = Outcome.ok
    else found.outcome = classifyBody(body, clipFrames)
    return found
  }
}

/**
 * Reads how far results are from the reference answers; NaN if they have none.
 *
 * @param listKeys where an answer to several frames has its list; undefined if it has none
 */
function deviationReader(
  { rules, singleKeys, references, request }: AnswerComparison,
  listKeys: readonly string[] | undefined,
) {
  const read = answerReader(rules)

  function deviationFrom(reference: ComparableAnswer | undefined, result: () => unknown): number {
    return reference === undefined ? Number.NaN : answerDistance(read(result()), reference)
  }

  return {
    whole(document: () => unknown, clipFrames: readonly number[]): number {
      const first = clipFrames[0]!
      if (request === undefined) {
        if (clipFrames.length > 1) return Number.NaN
        const reference = references[first]
        const whole = deviationFrom(reference, () => resultOfFrame(document(), singleKeys))
        // A partial batch of one frame has the form of those with several: a list of one, where a frame alone has none.
        const listed = whole > 0 && listKeys ? listedResults(document(), 1, listKeys) : undefined
        return listed === undefined
          ? whole
          : Math.min(
              whole,
              deviationFrom(reference, () => listed[0]),
            )
      }
      const { frames, clipFrames: clip } = request
      if (clipFrames.length !== frames) return Number.NaN
      const consecutive = clipFrames.every((frame, place) => frame === (first + place) % clip)
      return consecutive ? deviationFrom(references[first], document) : Number.NaN
    },
    list(results: readonly unknown[], clipFrames: readonly number[]): number {
      let largest = Number.NaN
      for (const [place, frame] of clipFrames.entries()) {
        const deviation = deviationFrom(references[frame], () => results[place])
        if (!Number.isNaN(deviation) && !(deviation <= largest)) largest = deviation
      }
      return largest
    },
  }
}

/** The result in the answer to a single frame. An answer without a value at the keys is the result itself. */
export function resultOfFrame(document: unknown, singleKeys: readonly string[]): unknown {
  const result = resolvePointer(document, singleKeys)
  return result === undefined ? document : result
}
