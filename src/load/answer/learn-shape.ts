import { isDeepStrictEqual } from 'node:util'
import type { AnswerShape } from '../../scenario/plan/plan.js'
import { listedResults, pointerKeys, pointerTo, wholeAnswer } from './results-in-answer.js'

/** An answer with status 200 to a request of some frames of the clip. */
export interface FramesAnswer {
  frames: readonly number[]
  body: Uint8Array
}

export type LearnedShape =
  | { shape: AnswerShape }
  /** Answers to another number of frames per request are needed to decide. */
  | { needs: 'other-size'; candidates: string[] }
  /** Nothing fits, or more than one shape does: `candidates` are pointers to lists of one result per frame. */
  | { problem: ShapeProblem; candidates: string[]; shown: FramesAnswer }

export type ShapeProblem =
  /** Several lists have one element per frame. */
  | 'several-lists'
  /** The list may be one result per frame, or one result of the request that is as long as it has frames. */
  | 'one-size'
  /** The answer to several frames is that to one of them alone. */
  | 'one-frame-only'
  | 'no-shape'

/**
 * How the answers to requests of several frames are read: a list of one result per frame, or one result per request. The
 * two are told apart by requests of different sizes: only a list of results is always as long as its request.
 * @param single answers to single frames; empty if the server refuses them
 * @param several answers to requests of several frames, of one size or more
 */
export function learnShape(single: readonly FramesAnswer[], several: readonly FramesAnswer[]): LearnedShape {
  const shown = several[0]
  if (shown === undefined) return { shape: { perRequest: true } }
  const read = [...several].map(({ frames, body }) => ({ frames, document: wholeAnswer(body) }))
  const alone = single.map(({ frames, body }) => ({ frames, document: wholeAnswer(body) }))
  const candidates = read
    .map(({ frames, document }) => pointersToLists(document, frames.length))
    .reduce((common, lists) => common.filter((pointer) => lists.includes(pointer)))
  const sizes = new Set(several.map(({ frames }) => frames.length)).size
  const fitting =
    alone.length === 0
      ? candidates
      : candidates.filter((pointer) => alone.every((one) => fitsSingle(pointer, one.document, read)))
  if (fitting.length === 1 && (sizes > 1 || alone.length > 0)) return { shape: { list: fitting[0]! } }
  if (fitting.length > 0) {
    return sizes === 1
      ? { needs: 'other-size', candidates }
      : { problem: 'several-lists', candidates: fitting, shown }
  }
  const answersOneFrame = read.every(({ frames, document }) =>
    alone.some((one) => frames.includes(one.frames[0]!) && isDeepStrictEqual(one.document, document)),
  )
  const differ = alone.some(({ document }) => !isDeepStrictEqual(document, alone[0]!.document))
  if (answersOneFrame && differ) return { problem: 'one-frame-only', candidates: [], shown }
  const all = [...alone, ...read]
  return all.every(({ document }) => isAlike(document, all[0]!.document))
    ? { shape: { perRequest: true } }
    : { problem: 'no-shape', candidates, shown }
}

/**
 * Decides the shape, and asks for answers to requests of another size if those are needed.
 * @param answersOfSize the answers with status 200 to some requests of so many frames
 */
export async function decideShape(
  single: readonly FramesAnswer[],
  several: readonly FramesAnswer[],
  answersOfSize: (framesPerRequest: number) => Promise<FramesAnswer[]>,
): Promise<Exclude<LearnedShape, { needs: unknown }>> {
  const learned = learnShape(single, several)
  if (!('needs' in learned)) return learned
  const shown = several[0]!
  for (const size of otherSizes(shown.frames.length)) {
    const withOther = learnShape(single, [...several, ...(await answersOfSize(size))])
    if (!('needs' in withOther)) return withOther
  }
  const { candidates } = learned
  return { problem: candidates.length > 1 ? 'several-lists' : 'one-size', candidates, shown }
}

function otherSizes(frames: number): number[] {
  return frames <= 3 ? [frames + 1] : [Math.floor(frames / 2), frames - 1]
}

interface ReadAnswer {
  frames: readonly number[]
  document: unknown
}

/** Whether the answer to a single frame is that list with one result, or one result itself. */
function fitsSingle(pointer: string, single: unknown, several: readonly ReadAnswer[]): boolean {
  return several.some(({ frames, document }) => {
    const [element] = listedResults(document, frames.length, pointerKeys(pointer)) ?? []
    const listed = listedResults(single, 1, pointerKeys(pointer))
    return (listed !== undefined && isAlike(listed[0], element)) || isAlike(single, element)
  })
}

/**
 * The keys of the result in the answer to a single frame: those of the only element of its list, or none if it is the
 * result itself.
 */
export function singleResultKeys(
  shape: AnswerShape,
  single: readonly FramesAnswer[],
  several: readonly FramesAnswer[],
): string[] {
  if (shape === 'none' || !('list' in shape)) return []
  const keys = pointerKeys(shape.list)
  const read = single.map(({ body }) => wholeAnswer(body))
  const elements = several.flatMap(
    ({ frames, body }) => listedResults(wholeAnswer(body), frames.length, keys) ?? [],
  )
  const [element] = elements
  const listed = read.map((document) => listedResults(document, 1, keys))
  if (element === undefined || listed.includes(undefined)) return []
  const likeListed = listed.filter((list) => isAlike(list![0], element)).length
  const likeWhole = read.filter((document) => isAlike(document, element)).length
  return likeListed >= likeWhole ? [...keys, '0'] : []
}

const deepestList = 4

/** JSON pointers to the lists of this length, outermost only. */
export function pointersToLists(value: unknown, length: number, pointer = '', depth = 0): string[] {
  if (Array.isArray(value) && value.length === length) return [pointer]
  if (typeof value !== 'object' || value === null || depth === deepestList) return []
  if (Array.isArray(value) && value.length > 1) return []
  return Object.entries(value).flatMap(([key, item]) =>
    pointersToLists(item, length, pointerTo(pointer, key), depth + 1),
  )
}

/** Whether two values are built alike, so that both can be results of the same kind. */
function isAlike(one: unknown, other: unknown): boolean {
  if (Array.isArray(one) || Array.isArray(other)) {
    if (!Array.isArray(one) || !Array.isArray(other)) return false
    return one.length === 0 || other.length === 0 || isAlike(one[0], other[0])
  }
  if (one === null || other === null || typeof one !== 'object' || typeof other !== 'object')
    return typeof one === typeof other && (one === null) === (other === null)
  const [fields, others] = [Object.entries(one), Object.entries(other)]
  if (fields.length === 0 || others.length === 0) return true
  // Keys may be the labels of a frame. Then the values are of the same kind.
  return fields.some(([key, value]) => others.some(([name, same]) => name === key || isAlike(value, same)))
}
