import { describe, expect, test } from 'vitest'
import { outcomes } from '../../run/record.js'
import {
  answerDeviation,
  answerDistance,
  answerNumbers,
  answerReader,
  type AnswerRules,
  type ComparableAnswer,
} from './answer-deviation.js'
import { answerClassifier, type AnswerComparison } from './classify-answer.js'
import { pointerKeys, resolvePointer } from './results-in-answer.js'

const bytes = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))

const outcome = (list: string, body: unknown, frames: number, status = 200) => {
  const clipFrames = Array.from({ length: frames }, (_, i) => i)
  return outcomes[answerClassifier({ list })('answered', status, bytes(body), clipFrames).outcome]
}

const comparison = (
  references: ComparableAnswer[],
  rules: Partial<AnswerRules> = {},
  more: Partial<AnswerComparison> = {},
): AnswerComparison => ({
  rules: { compared: 'numbers', ignored: [], unordered: [], ...rules },
  json: true,
  singleKeys: [],
  references,
  ...more,
})

const distance = (a: unknown, b: unknown) => answerDeviation(answerNumbers(a), answerNumbers(b))

describe('a JSON pointer', () => {
  const document = { '': 0, foo: ['bar', 'baz'], 'a/b': 1, 'm~n': 8, ' ': 7 }

  // The examples of RFC 6901, section 5.
  test.each([
    ['', document],
    ['/foo', ['bar', 'baz']],
    ['/foo/0', 'bar'],
    ['/', 0],
    ['/a~1b', 1],
    ['/m~0n', 8],
    ['/ ', 7],
    ['/none', undefined],
    ['/foo/2', undefined],
    ['/foo/constructor', undefined],
  ])('%j', (pointer, value) => {
    expect(resolvePointer(document, pointerKeys(pointer))).toEqual(value)
  })
})

describe('an answer', () => {
  test('to several frames is a list with as many results', () => {
    expect(outcome('', [{}, {}, {}], 3)).toBe('ok')
    expect(outcome('/predictions', { predictions: [1, 2] }, 2)).toBe('ok')
    for (const body of [[{}, {}], {}, 'null', 'no JSON', '', '[{},{},{}']) {
      expect(outcome('', body, 3)).toBe('bad-response')
    }
    expect(outcome('/predictions', [1, 2], 2)).toBe('bad-response')
  })

  test('to a single frame is whatever came with status 200', () => {
    for (const body of [{ cat: 1 }, [{ cat: 1 }], 3, '', 'null', [1, 2], [], 'plain text'])
      expect(outcome('', body, 1)).toBe('ok')
    expect(outcome('/predictions', { cat: 1 }, 1)).toBe('ok')
  })

  test('to a request as a whole is whatever came with status 200', () => {
    for (const body of [{ cat: 1 }, [1, 2, 3], 'plain text', '']) {
      const judge = answerClassifier({ perRequest: true })
      expect(outcomes[judge('answered', 200, bytes(body), [0, 1, 2, 3]).outcome]).toBe('ok')
    }
  })

  test('to a single frame is broken if it is not JSON and all answers before the load were', () => {
    const judge = answerClassifier({ list: '' }, comparison([{ a: 1 }]))
    expect(outcomes[judge('answered', 200, bytes('{"a'), [7]).outcome]).toBe('bad-response')
    expect(outcomes[judge('answered', 200, bytes(''), [7]).outcome]).toBe('ok')
  })

  test('is not read if the scenario does not say how', () => {
    expect(outcomes[answerClassifier('none')('answered', 200, undefined, [0, 1]).outcome]).toBe('ok')
  })

  test('with another status than 200 is an error whatever its body', () => {
    expect(outcome('', [{}], 1, 503)).toBe('http-error')
    expect(outcome('', [{}], 1, 204)).toBe('http-error')
  })
})

describe('the deviation', () => {
  test('is the largest distance over the labels', () => {
    expect(distance({ cat: 0.5, dog: 0.3 }, { dog: 0.25, cat: 0.5 })).toBeCloseTo(0.05)
    expect(distance({ box: [1, 2, { x: 3 }] }, { box: [1, 2, { x: 7 }] })).toBe(4)
    expect(distance(3, 2.5)).toBe(0.5)
  })

  test('does not count labels that changed places at the edge of a top-k list', () => {
    expect(distance({ a: 0.5, b: 0.1001 }, { a: 0.5, c: 0.1 })).toBeCloseTo(0.0001)
  })

  test('shows an answer to another frame', () => {
    expect(distance({ a: 0.9, b: 0.1 }, { c: 0.8, d: 0.2 })).toBeCloseTo(0.7)
    expect(distance({}, { c: 0.8 })).toBe(0.8)
  })

  test('is absent where there are no numbers', () => {
    expect(distance({ label: 'cat' }, { label: 'dog' })).toBeNaN()
  })

  test('to a partial batch of one frame may be a list of one, where a frame alone has none', () => {
    const judge = answerClassifier({ list: '/results' }, comparison([{ a: 1 }, { a: 2 }]))
    const deviationOf = (body: unknown, frame: number) =>
      judge('answered', 200, bytes(body), [frame]).deviation
    expect(deviationOf({ results: [{ a: 2 }] }, 1)).toBe(0)
    expect(deviationOf({ a: 2 }, 1)).toBe(0)
    expect(deviationOf({ results: [{ a: 1 }] }, 1)).toBe(1)
    expect(deviationOf({ a: 1 }, 1)).toBe(1)
  })

  test('is the largest of all frames of a request', () => {
    const judge = answerClassifier({ list: '' }, comparison([{ a: 1 }, { a: 2 }, { a: 3 }]))
    expect(judge('answered', 200, bytes([{ a: 3 }, { a: 1.5 }]), [2, 0]).deviation).toBe(0.5)
    expect(judge('answered', 503, bytes([]), [0]).deviation).toBeNaN()
  })

  test('leaves out what is ignored, at every index of a list', () => {
    const read = answerReader({
      compared: 'numbers',
      ignored: ['/time', '/boxes/*/id', '/a~1b'],
      unordered: [],
    })
    expect(
      read({
        time: 3,
        'a/b': 1,
        boxes: [
          { id: 7, x: 1 },
          { id: 8, x: 2 },
        ],
      }),
    ).toEqual({
      'boxes/0/x': 1,
      'boxes/1/x': 2,
    })
  })

  test('an index in a pointer stands for every index', () => {
    const read = answerReader({ compared: 'numbers', ignored: ['/boxes/0/id'], unordered: [] })
    expect(
      read({
        boxes: [
          { id: 7, x: 1 },
          { id: 8, x: 2 },
        ],
      }),
    ).toEqual({ 'boxes/0/x': 1, 'boxes/1/x': 2 })
  })

  test('of an unordered list is that of the best assignment of its elements', () => {
    const read = answerReader({ compared: 'numbers', ignored: [], unordered: ['/boxes'] })
    const boxes = (...xs: number[]) => read({ boxes: xs.map((x) => ({ x, y: 2 * x })) })
    expect(answerDistance(boxes(10, 50), boxes(50, 10))).toBe(0)
    expect(answerDistance(boxes(10, 50), boxes(50.5, 10))).toBe(1)
    expect(answerDistance(boxes(10, 50), boxes(10))).toBeGreaterThan(10)
    expect(answerDistance(boxes(), boxes())).toBe(0)
  })

  test('of texts is whether they are equal, whatever the order of their fields', () => {
    const read = answerReader({ compared: 'text', ignored: ['/id'], unordered: [] })
    expect(
      answerDistance(read({ id: 1, label: 'cat', ok: true }), read({ ok: true, label: 'cat', id: 2 })),
    ).toBe(0)
    expect(answerDistance(read({ label: 'cat' }), read({ label: 'dog' }))).toBe(1)
  })

  test('of a request as a whole needs the same consecutive frames', () => {
    const judge = answerClassifier(
      { perRequest: true },
      comparison([{ a: 1 }, {}, { a: 5 }], {}, { request: { frames: 2, clipFrames: 3 } }),
    )
    expect(judge('answered', 200, bytes({ a: 1.5 }), [0, 1]).deviation).toBe(0.5)
    expect(judge('answered', 200, bytes({ a: 4 }), [2, 0]).deviation).toBe(1)
    expect(judge('answered', 200, bytes({ a: 1.5 }), [0, 2]).deviation).toBeNaN()
    expect(judge('answered', 200, bytes({ a: 1.5 }), [0]).deviation).toBeNaN()
  })
})
