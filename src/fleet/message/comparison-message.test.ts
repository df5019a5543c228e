import { expect, test } from 'vitest'
import { answerReader, type ComparableAnswer } from '../../load/answer/answer-deviation.js'
import { answerClassifier, type AnswerComparison } from '../../load/answer/classify-answer.js'
import { comparisonFromMessage, comparisonMessage, comparisonToMessage } from './comparison-message.js'
import { encodeMessage, parseMessage } from './parse-message.js'

const rules = { compared: 'numbers', ignored: ['/time'], unordered: ['/boxes'] } as const
const read = answerReader(rules)
const answer = (score: number) => ({
  constructor: score,
  time: 5,
  boxes: [{ x: 1 }, { x: score }],
  label: 'cat',
})

function received(comparison: AnswerComparison): AnswerComparison {
  const parsed = parseMessage(comparisonMessage, encodeMessage(comparisonToMessage(comparison)))
  if ('refused' in parsed) throw new Error(parsed.refused)
  return comparisonFromMessage(parsed.message)
}

test('an agent compares answers as the coordinator would, also for frames without a reference', () => {
  const references: ComparableAnswer[] = []
  references[1] = read(answer(0.25))
  references[4] = 'a text'
  const comparison: AnswerComparison = { rules, json: true, singleKeys: ['result'], references }
  const copy = received(comparison)
  expect(copy.references).toHaveLength(5)
  expect([0, 2, 3].filter((frame) => frame in copy.references)).toEqual([])
  const bodies = [0.25, 0.75].map((score) => Buffer.from(JSON.stringify({ result: answer(score) })))
  for (const body of bodies) {
    for (const frame of [1, 3]) {
      const [here, there] = [comparison, copy].map((one) =>
        answerClassifier('none', one)('answered', 200, body, [frame]),
      )
      expect(there).toEqual(here)
    }
  }
  expect(answerClassifier('none', copy)('answered', 200, bodies[1], [1]).deviation).toBeGreaterThan(0)
})
