import { expect, test } from 'vitest'
import { unrepeatedParts, type AnswerPair } from './repeating-parts.js'

/** Two answers to each of several frames. */
const twice = (answer: (frame: number, attempt: number) => unknown, frames = 6): AnswerPair[] =>
  Array.from({ length: frames }, (_, frame) => [answer(frame, 0), answer(frame, 1)])

test('answers that differ between frames but not between attempts repeat', () => {
  expect(unrepeatedParts(twice((frame) => ({ score: frame / 10 })))).toEqual({ ignored: [], unordered: [] })
})

test.each<[string, (frame: number, attempt: number) => unknown, string[]]>([
  ['a time', (f, a) => ({ score: f, time: 0.05 + (f % 3) * 0.001 + a * 0.002 }), ['/time']],
  ['a counter', (f, a) => ({ score: f, request: 100_000_000 + f + 6 * a }), ['/request']],
  ['a small counter', (f, a) => ({ score: f, request: f + 6 * a }), ['/request']],
  ['the wall clock', (f, a) => ({ score: f, at: 1_759_900_000.25 + f * 0.05 + a * 0.3 }), ['/at']],
  ['the uptime', (f, a) => ({ score: f, uptime: 250_000.25 + f * 0.05 + a * 0.3 }), ['/uptime']],
  ['an id', (f, a) => ({ score: f, id: `request-${f}-${a}` }), ['/id']],
  [
    'an id in each element',
    (f, a) => ({
      boxes: [
        { x: f, id: `a${a}` },
        { x: f + 1, id: `b${a}` },
      ],
    }),
    ['/boxes/*/id'],
  ],
  [
    'a field that comes and goes',
    (f, a) => (a === 0 ? { score: f } : { score: f, warning: 'x' }),
    ['/warning'],
  ],
  ['a number that is null at times', (f, a) => ({ score: f, n: a === 0 ? 1 : null }), ['/n']],
  ['a log that grows', (f, a) => ({ score: f, log: Array.from({ length: 2 * f + a }, () => 'x') }), ['/log']],
  ['ids as keys', (f, a) => ({ score: f, by: { [`id${f}-${a}`]: 1 } }), ['/by']],
  ['a key with a slash', (f, a) => ({ score: f, 'a/b': `${f} ${a}` }), ['/a~1b']],
  ['everything', (f, a) => `${f} ${a}`, ['']],
])('%s does not repeat', (_, answer, ignored) => {
  expect(unrepeatedParts(twice(answer))).toEqual({ ignored, unordered: [] })
})

test('what differs in one frame only does not repeat', () => {
  expect(unrepeatedParts(twice((f, a) => ({ score: 1, n: f === 3 ? a : 0 }))).ignored).toEqual(['/n'])
})

test('floating-point noise repeats', () => {
  const noise = [3e-7, -2e-7, 0, 1e-7, -1e-7, 0]
  expect(unrepeatedParts(twice((f, a) => ({ score: 0.5 + f / 10 + a * noise[f]! }))).ignored).toEqual([])
})

test('a list whose order moves is compared without its order, and its ids are left out', () => {
  const boxes = (frame: number) => [1, 2, 3].map((n) => ({ x: 10 * n + frame, y: n }))
  const moving = (f: number, a: number) => (a === 0 ? boxes(f) : boxes(f).toReversed())
  expect(unrepeatedParts(twice((f, a) => ({ boxes: moving(f, a) })))).toEqual({
    ignored: [],
    unordered: ['/boxes'],
  })
  const withIds = (f: number, a: number) => moving(f, a).map((box, i) => ({ ...box, id: `${f}${a}${i}` }))
  expect(unrepeatedParts(twice((f, a) => withIds(f, a)))).toEqual({ ignored: ['/*/id'], unordered: [''] })
})

test('empty lists and empty objects repeat', () => {
  expect(unrepeatedParts(twice(() => []))).toEqual({ ignored: [], unordered: [] })
  expect(unrepeatedParts(twice((_, a) => ({ boxes: [], time: a }))).ignored).toEqual(['/time'])
})
