import { isDeepStrictEqual } from 'node:util'
import { pointerTo } from './results-in-answer.js'
import type { AnswerRules } from './answer-deviation.js'

/** Two answers to the same request. */
export type AnswerPair = readonly [one: unknown, other: unknown]

/** What does not repeat in two answers to the same request, and which lists repeat in another order. */
export type Unrepeated = Pick<AnswerRules, 'ignored' | 'unordered'>

const nothing: Unrepeated = { ignored: [], unordered: [] }

/**
 * Compares the two answers to each of several requests. Only answers to the same request are compared, so that a server
 * that mixes up frames cannot hide behind it. A path counts as one whatever the indices of its lists.
 * @param pointer where the values of the pairs stand in the answer
 */
export function unrepeatedParts(pairs: readonly AnswerPair[], pointer = ''): Unrepeated {
  if (pairs.every(([one, other]) => isDeepStrictEqual(one, other))) return nothing
  const kinds = pairs.map(([one, other]) => [valueKind(one), valueKind(other)] as const)
  if (kinds.some(([one, other]) => one !== other)) return { ignored: [pointer], unordered: [] }
  const found = [...new Set(kinds.map(([kind]) => kind))].map((kind) => {
    const alike = pairs.filter((_, index) => kinds[index]![0] === kind)
    if (kind === 'object') return inObjects(alike, pointer)
    if (kind === 'list') return inLists(alike, pointer)
    const repeats =
      kind === 'number'
        ? numbersRepeat(alike.map(([one, other]) => [Number(one), Number(other)]))
        : alike.every(([one, other]) => one === other)
    return repeats ? nothing : { ignored: [pointer], unordered: [] }
  })
  return joined(found)
}

function valueKind(value: unknown): string {
  if (Array.isArray(value)) return 'list'
  return value === null ? 'null' : typeof value
}

function joined(parts: readonly Unrepeated[]): Unrepeated {
  return {
    ignored: [...new Set(parts.flatMap(({ ignored }) => ignored))],
    unordered: [...new Set(parts.flatMap(({ unordered }) => unordered))],
  }
}

function inObjects(pairs: readonly AnswerPair[], pointer: string): Unrepeated {
  const objects = pairs.map((pair) => pair.map((value) => new Map(Object.entries(Object(value)))))
  // Keys that are themselves identifiers.
  if (objects.every(([one, other]) => ![...one!.keys()].some((key) => other!.has(key))))
    return { ignored: [pointer], unordered: [] }
  const keys = new Set(objects.flatMap((pair) => pair.flatMap((fields) => [...fields.keys()])))
  return joined(
    [...keys].map((key) => {
      const path = pointerTo(pointer, key)
      const having = objects.filter(([one, other]) => one!.has(key) || other!.has(key))
      if (having.some(([one, other]) => one!.has(key) !== other!.has(key)))
        return { ignored: [path], unordered: [] }
      return unrepeatedParts(
        having.map(([one, other]): AnswerPair => [one!.get(key), other!.get(key)]),
        path,
      )
    }),
  )
}

/** Longer lists are compared in their order only. */
const mostReordered = 200

function inLists(pairs: readonly AnswerPair[], pointer: string): Unrepeated {
  const lists = pairs.map(([one, other]) => [elementsOf(one), elementsOf(other)] as const)
  if (lists.some(([one, other]) => one.length !== other.length)) return { ignored: [pointer], unordered: [] }
  const path = pointerTo(pointer, '*')
  const elements = ([one, other]: readonly [unknown[], unknown[]]) =>
    one.map((element, index): AnswerPair => [element, other[index]])
  const inOrder = unrepeatedParts(lists.flatMap(elements), path)
  if (inOrder.ignored.length === 0 || lists.some(([one]) => one.length > mostReordered)) return inOrder
  const reordered = unrepeatedParts(
    lists.flatMap(([one, other]) => elements([one, nearestOrder(one, other)])),
    path,
  )
  // Another order settles something only if more repeats with it.
  if (reordered.ignored.length >= inOrder.ignored.length) return inOrder
  return { ignored: reordered.ignored, unordered: [pointer, ...reordered.unordered] }
}

function elementsOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

/** The elements of `other`, each at the place of the element of `one` with which it has most values in common. */
function nearestOrder(one: readonly unknown[], other: readonly unknown[]): unknown[] {
  const free = other.map((element) => ({ element, values: leafTexts(element) }))
  return one.map((element) => {
    const values = leafTexts(element)
    const shared = free.map((candidate) => [...values].filter((text) => candidate.values.has(text)).length)
    const [taken] = free.splice(shared.indexOf(Math.max(...shared)), 1)
    return taken?.element
  })
}

/** The values inside a value, each with its path. */
function leafTexts(value: unknown, pointer = ''): Set<string> {
  if (typeof value !== 'object' || value === null) return new Set([`${pointer} ${JSON.stringify(value)}`])
  return new Set(
    Object.entries(value).flatMap(([key, item]) => [...leafTexts(item, pointerTo(pointer, key))]),
  )
}

/** Float32 sums in another order differ by about 1e-6 of the values, so this is noise; a duration differs by more. */
const noiseShare = 1e-4
/** Larger numbers are times and identifiers, not the output of a model. */
const largestOutput = 1e8
/** Fewer pairs can all rise by chance. */
const fewestForClock = 4

/**
 * Whether a number repeats: up to floating-point noise, whole numbers exactly. A clock or a counter may move by as
 * little as noise does, but always in the same direction.
 */
function numbersRepeat(pairs: readonly (readonly [number, number])[]): boolean {
  const scale = pairs.reduce((largest, [one, other]) => Math.max(largest, Math.abs(one), Math.abs(other)), 0)
  const differs = ([one, other]: readonly [number, number]) =>
    one !== other &&
    ((Number.isInteger(one) && Number.isInteger(other)) ||
      Math.max(Math.abs(one), Math.abs(other)) >= largestOutput ||
      Math.abs(one - other) > noiseShare * scale)
  if (pairs.some(differs)) return false
  const direction = Math.sign(pairs[0]![1] - pairs[0]![0])
  const isClock = direction !== 0 && pairs.every(([one, other]) => Math.sign(other - one) === direction)
  return !isClock || pairs.length < fewestForClock
}
