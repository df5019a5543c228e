import * as z from 'zod'
import type { AnswerNumbers, ComparableAnswer } from '../../load/answer/answer-deviation.js'
import type { AnswerComparison } from '../../load/answer/classify-answer.js'
import { protocol, thisProtocol } from './parse-message.js'

/*
 * The answers with which those of a load are compared, as they travel: a blob, because a model may answer with many
 * numbers.
 */

const mostFrames = 2_000_000
const pointers = z.array(z.string().max(4000)).max(10_000)
const count = z.int().min(0).max(mostFrames)

/** By label. Numbers of JSON are finite. */
const numbers: z.ZodType<AnswerNumbers> = z.record(
  z.string(),
  z.union([z.number(), z.array(z.lazy(() => numbers))]),
)

const reference = z.union([z.string(), numbers])

export const comparisonMessage = z.strictObject({
  protocol,
  rules: z.strictObject({ compared: z.enum(['numbers', 'text']), ignored: pointers, unordered: pointers }),
  json: z.boolean(),
  singleKeys: z.array(z.string().max(4000)).max(1000),
  /** Each reference with its index, because there are gaps. */
  references: z.array(z.tuple([count, reference])).max(mostFrames),
  request: z.strictObject({ frames: count.min(1), clipFrames: count.min(1) }).optional(),
})
export type ComparisonMessage = z.infer<typeof comparisonMessage>

export function comparisonToMessage({ rules, references, ...rest }: AnswerComparison): ComparisonMessage {
  const { compared, ignored, unordered } = rules
  const indexed: [number, ComparableAnswer][] = []
  // `forEach` and `entries` differ: only the first leaves the gaps out.
  for (const [frame, answer] of references.entries()) if (answer !== undefined) indexed.push([frame, answer])
  return {
    ...thisProtocol,
    ...rest,
    singleKeys: [...rest.singleKeys],
    rules: { compared, ignored: [...ignored], unordered: [...unordered] },
    references: indexed,
  }
}

export function comparisonFromMessage(message: ComparisonMessage): AnswerComparison {
  const { protocol: _protocol, references: indexed, ...rest } = message
  const references: ComparableAnswer[] = []
  for (const [frame, answer] of indexed)
    references[frame] = typeof answer === 'string' ? answer : withoutPrototype(answer)
  return { ...rest, references }
}

/** A label may be `constructor`: the numbers of an answer have no prototype. */
function withoutPrototype(answer: AnswerNumbers): AnswerNumbers {
  const copy: AnswerNumbers = Object.create(null)
  for (const [label, value] of Object.entries(answer))
    copy[label] = typeof value === 'number' ? value : value.map(withoutPrototype)
  return copy
}
