import { pointerKeys } from './results-in-answer.js'

/** What of a result is compared. */
export interface AnswerRules {
  /** `numbers`: by their distance. `text`: whether the results are equal; for results without numbers. */
  compared: 'numbers' | 'text'
  /** JSON pointers into a result; `*` is every index of a list. */
  ignored: readonly string[]
  /** Lists that are compared without regard to their order. */
  unordered: readonly string[]
}

/** The numbers of a result by label: object keys and list indices, joined by `/`. An unordered list is one entry. */
export interface AnswerNumbers {
  [label: string]: number | AnswerNumbers[]
}

/** A result as it is compared: its numbers, or the text of a result without numbers. */
export type ComparableAnswer = AnswerNumbers | string

/** The rules below one place of a result, by the key or index that leads there. */
interface RuleNode {
  ignored: boolean
  unordered: boolean
  below: Map<string, RuleNode>
}

/** The key of `RuleNode.below` for every index of a list. */
const anyIndex = '*'

export function answerReader({
  compared,
  ignored,
  unordered,
}: AnswerRules): (result: unknown) => ComparableAnswer {
  const rules = ignored.length + unordered.length === 0 ? undefined : emptyNode()
  for (const pointer of ignored) nodeAt(rules!, pointer).ignored = true
  for (const pointer of unordered) nodeAt(rules!, pointer).unordered = true
  return compared === 'numbers'
    ? (result) => answerNumbers(result, rules)
    : (result) => (typeof result === 'string' ? result : (JSON.stringify(comparedParts(result, rules)) ?? ''))
}

export function answerNumbers(result: unknown, rules?: RuleNode): AnswerNumbers {
  const numbers: AnswerNumbers = Object.create(null)
  collect(result, '', rules, numbers)
  return numbers
}

function collect(value: unknown, label: string, rules: RuleNode | undefined, into: AnswerNumbers): void {
  if (typeof value === 'number') {
    if (rules?.ignored !== true) into[label] = value
    return
  }
  if (typeof value !== 'object' || value === null || rules?.ignored === true) return
  if (rules?.unordered === true && Array.isArray(value)) {
    into[label] = value.map((item: unknown) => answerNumbers(item, rules.below.get(anyIndex)))
    return
  }
  for (const key of Object.keys(value)) {
    const below = rules && ruleBelow(rules, key, value)
    collect(Reflect.get(value, key), label === '' ? key : `${label}/${key}`, below, into)
  }
}

/** A result without its ignored parts, its unordered lists sorted. */
function comparedParts(value: unknown, rules: RuleNode | undefined): unknown {
  if (rules?.ignored === true) return undefined
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => comparedParts(item, rules?.below.get(anyIndex)))
    return rules?.unordered === true ? items.map((item) => JSON.stringify(item)).toSorted() : items
  }
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, item]): [string, unknown] => [
        key,
        comparedParts(item, rules && ruleBelow(rules, key, value)),
      ])
      .toSorted(([one], [other]) => (one < other ? -1 : 1)),
  )
}

function ruleBelow({ below }: RuleNode, key: string, of: object): RuleNode | undefined {
  return below.get(Array.isArray(of) ? anyIndex : key)
}

function emptyNode(): RuleNode {
  return { ignored: false, unordered: false, below: new Map() }
}

/** A number in a pointer stands for every index, because a path counts as one whatever the index. */
function nodeAt(root: RuleNode, pointer: string): RuleNode {
  return pointerKeys(pointer).reduce((node, key) => {
    const name = /^\d+$/.test(key) ? anyIndex : key
    const next = node.below.get(name) ?? emptyNode()
    node.below.set(name, next)
    return next
  }, root)
}

/**
 * The distance between two results: for texts 0 if they are equal, else 1; for numbers as `answerDeviation`, and 0 if
 * neither has numbers.
 */
export function answerDistance(answer: ComparableAnswer, reference: ComparableAnswer): number {
  if (typeof answer === 'string' || typeof reference === 'string') return answer === reference ? 0 : 1
  const deviation = answerDeviation(answer, reference)
  return Number.isNaN(deviation) ? 0 : deviation
}

/**
 * The largest distance between two results for the same frame, compared by label; NaN if neither has numbers.
 *
 * A top-k answer names only its k largest scores, so the score of a label that one side lacks is at most the smallest
 * score of that side. The smallest possible distance is used. Equal scores at the end of the list can then swap without
 * a deviation, while an answer to another frame still shows the full distance.
 */
export function answerDeviation(answer: AnswerNumbers, reference: AnswerNumbers): number {
  const largest = Math.max(oneSided(answer, reference), oneSided(reference, answer))
  return largest === Number.NEGATIVE_INFINITY ? Number.NaN : largest
}

function oneSided(from: AnswerNumbers, to: AnswerNumbers): number {
  const smallest = smallestNumber(to)
  let largest = Number.NEGATIVE_INFINITY
  for (const label of Object.keys(from)) {
    const value = from[label]!
    const other = to[label]
    let distance: number
    if (typeof value !== 'number') distance = unorderedDistance(value, Array.isArray(other) ? other : [])
    else if (typeof other === 'number') distance = Math.abs(value - other)
    else distance = Math.max(0, value - smallest)
    largest = Math.max(largest, distance)
  }
  return largest
}

/** 0 if there are no numbers: they then count as 0. */
function smallestNumber(numbers: AnswerNumbers): number {
  let smallest = Number.POSITIVE_INFINITY
  for (const label of Object.keys(numbers)) {
    const value = numbers[label]!
    if (typeof value === 'number' && value < smallest) smallest = value
  }
  return smallest === Number.POSITIVE_INFINITY ? 0 : smallest
}

/** The largest distance of an element to the nearest element that is still free. */
function unorderedDistance(from: readonly AnswerNumbers[], to: readonly AnswerNumbers[]): number {
  const free = [...to]
  let largest = 0
  for (const element of from) {
    let nearest = free.length === 0 ? answerDistance(element, {}) : Number.POSITIVE_INFINITY
    let place = -1
    for (const [index, other] of free.entries()) {
      const distance = answerDistance(element, other)
      if (distance >= nearest) continue
      nearest = distance
      place = index
    }
    if (place !== -1) free.splice(place, 1)
    largest = Math.max(largest, nearest)
  }
  return largest
}
