import { answerReader, type AnswerRules, type ComparableAnswer } from '../load/answer/answer-deviation.js'
import { resultOfFrame, type AnswerComparison } from '../load/answer/classify-answer.js'
import { decideShape, singleResultKeys, type FramesAnswer } from '../load/answer/learn-shape.js'
import { unrepeatedParts, type AnswerPair } from '../load/answer/repeating-parts.js'
import {
  isListed,
  listedResults,
  pointerKeys,
  parseJson,
  wholeAnswer,
} from '../load/answer/results-in-answer.js'
import type { AnswerShape } from '../scenario/plan/plan.js'
import type { AnswerReference } from '../run/answer-reference.js'
import type { UserError } from '../system/user-error.js'
import { explainUnknownShape, refuseOtherShape } from './answer-refusal.js'
import {
  askServer,
  consecutiveRequests,
  firstAnswered,
  referenceFrames,
  requestsOf,
  singleAnswers,
  type ReferenceSource,
  type TwiceAnswered,
} from './reference-requests.js'
import { answerTolerance, type JoinedAnswer } from './answer-tolerance.js'
import type { PostOptions } from '../load/post-frames.js'

/** Larger answers are not compared: reading them would take the time of the load. */
const largestComparedBytes = 200_000

export interface ReferenceAnswers {
  reference: AnswerReference
  /** How the answers of the load are read. */
  shape: AnswerShape
  /** Undefined if answers are not compared. */
  comparison?: AnswerComparison | undefined
  /** Why requests of several frames cannot be measured, if so. */
  refusal?: UserError | undefined
}

/**
 * Learns how the answers of a model are read and compared. It sends some frames of the clip to the server, each alone and
 * twice, with one request in flight, so that batching cannot mix them up. Then it sends them together, in one request and
 * in the server's own batches, to measure how much that changes the answers.
 *
 * @param options.noiseBefore the largest noise of this model that other settings have shown
 */
export async function collectReferenceAnswers(
  source: ReferenceSource,
  { noiseBefore, ...options }: PostOptions & { noiseBefore?: number | undefined },
): Promise<ReferenceAnswers> {
  const { clip, points, point } = source
  const { answer: setting, sameAnswer } = point.model
  if (setting === 'none') {
    return {
      reference: { state: 'off', reason: 'the scenario switches off the reading of answers' },
      shape: 'none',
    }
  }
  const ask = askServer(source, options)
  const { framesPerRequest, serverBatchSize, maxBatchDelayMs } = point.batching
  const frames = referenceFrames(clip.frames.length, maxBatchDelayMs ?? 0)
  const inBatches = serverBatchSize > 1
  const single = await ask.twice(frames.map((frame) => [frame]))
  const sizes = [...new Set([point, ...points].map(({ batching }) => batching.framesPerRequest))]
  const several = await firstAnswered(
    sizes.filter((size) => size > 1),
    async (size) => ask.together(requestsOf(frames, size)),
  )
  const learned =
    setting === 'auto'
      ? await decideShape(singleAnswers(single), several, (size) =>
          ask.together(requestsOf(frames, size).slice(0, 2)),
        )
      : { shape: setting }
  const refusal =
    'problem' in learned
      ? explainUnknownShape(learned, source.server.endpoint)
      : refuseOtherShape(learned.shape, several, source.server.endpoint)
  const shape: AnswerShape = 'shape' in learned ? learned.shape : { list: '' }
  const isWhole = framesPerRequest > 1 && !isListed(shape, framesPerRequest)

  /** Requests that carry K frames, in the order in which a closed load sends them. */
  const clipRequests = isWhole ? consecutiveRequests(clip.frames.length, framesPerRequest, frames.length) : []
  const listed =
    isWhole || single.length > 0 || framesPerRequest === 1
      ? []
      : await ask.twice(requestsOf(frames, framesPerRequest))
  const asked = isWhole ? await ask.twice(clipRequests) : single
  const singleKeys = singleResultKeys(shape, singleAnswers(single), several)

  const resultsOf = (of: readonly number[], body: Uint8Array): readonly unknown[] | undefined => {
    if (isWhole) return [wholeAnswer(body)]
    if (of.length === 1) return [resultOfFrame(wholeAnswer(body), singleKeys)]
    return isListed(shape, of.length)
      ? listedResults(parseJson(body), of.length, pointerKeys(shape.list))
      : undefined
  }
  const alone = readAlone([...asked, ...listed], resultsOf, isWhole)
  const bodies = [...asked, ...listed].map(({ one }) => one)
  const off = (reason: string): ReferenceAnswers => ({
    reference: { state: 'off', shape, reason },
    shape,
    refusal,
  })
  if (alone.length === 0) return off('the server did not answer the requests before the load')
  const largest = Math.max(...bodies.map(({ length }) => length))
  if (largest > largestComparedBytes)
    return off(
      `an answer has ${Math.ceil(largest / 1000)} KB; at most ${largestComparedBytes / 1000} KB are compared`,
    )

  const rules = learnRules(
    alone.map(({ pair }) => pair),
    sameAnswer?.ignore ?? [],
  )
  const { compared, ignored, unordered } = rules
  const parts = {
    shape,
    compared,
    ...(ignored.length > 0 && { ignored: [...ignored] }),
    ...(unordered.length > 0 && { unordered: [...unordered] }),
  }
  if (ignored.includes('')) {
    const reason = 'two answers to the same request differ in everything'
    return { reference: { state: 'off', ...parts, reason }, shape, refusal }
  }

  const read = answerReader(rules)
  const places = new Map(alone.map(({ frame }, place) => [frame, place]))
  /** The joined answers by the place of their frame or request. */
  const joined = (answers: readonly FramesAnswer[]): JoinedAnswer[] => {
    const found: JoinedAnswer[] = []
    for (const { frames: of, body } of answers) {
      for (const [index, result] of (resultsOf(of, body) ?? []).entries()) {
        const place = places.get(of[index]!)
        if (place !== undefined) found[place] = read(result)
      }
    }
    return Array.from(found)
  }
  const together = isWhole ? [] : [joined(several)]
  if (listed.length > 0)
    together.push(joined(await ask.together(requestsOf([...frames.slice(1), frames[0]!], framesPerRequest))))
  if (inBatches) {
    const requests = isWhole
      ? clipRequests
      : listed.length > 0
        ? requestsOf(frames, framesPerRequest)
        : frames.map((frame) => [frame])
    together.push(joined(await ask.together(requests, { atOnce: serverBatchSize })))
  }
  const references = alone.map(({ pair }) => read(pair[0]))
  const judged = answerTolerance(references, together, { chosen: sameAnswer?.tolerance, noiseBefore })
  const reference: AnswerReference = {
    ...judged,
    ...parts,
    ...(isWhole &&
      judged.state === 'on' && { requests: alone.length, frames: alone.length * framesPerRequest }),
  }
  if (reference.state === 'off') return { reference, shape, refusal }
  const byFrame: ComparableAnswer[] = []
  for (const [place, { frame }] of alone.entries()) byFrame[frame] = references[place]!
  const comparison: AnswerComparison = {
    rules,
    json: bodies.every((body) => body.length === 0 || parseJson(body) !== undefined),
    singleKeys,
    references: byFrame,
    ...(isWhole && { request: { frames: framesPerRequest, clipFrames: clip.frames.length } }),
  }
  return { reference, shape, comparison, refusal }
}

/** The two results of each frame, or of each request by its first frame. */
function readAlone(
  asked: readonly TwiceAnswered[],
  resultsOf: (frames: readonly number[], body: Uint8Array) => readonly unknown[] | undefined,
  isWhole: boolean,
): { frame: number; pair: AnswerPair }[] {
  const found = new Map<number, AnswerPair>()
  for (const { frames, one, other } of asked) {
    const [first, second] = [resultsOf(frames, one), resultsOf(frames, other)]
    if (first === undefined || second === undefined) continue
    for (const [index, result] of first.entries())
      found.set(isWhole ? frames[0]! : frames[index]!, [result, second[index]])
  }
  return [...found].map(([frame, pair]) => ({ frame, pair }))
}

function learnRules(pairs: readonly AnswerPair[], ignore: readonly string[]): AnswerRules {
  const { ignored, unordered } = unrepeatedParts(pairs)
  const rules = { ignored: [...new Set([...ignored, ...ignore])], unordered }
  const readNumbers = answerReader({ ...rules, compared: 'numbers' })
  const hasNumbers = pairs.some(([one]) => Object.keys(readNumbers(one)).length > 0)
  return { ...rules, compared: hasNumbers ? 'numbers' : 'text' }
}
