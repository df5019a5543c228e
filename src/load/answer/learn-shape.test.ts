import { expect, test } from 'vitest'
import { decideShape, learnShape, singleResultKeys, type FramesAnswer } from './learn-shape.js'

/** The answers of a handler to requests of so many consecutive frames. */
function answersOf(
  handler: (frames: number[]) => unknown,
  framesPerRequest: number,
  requests = 3,
): FramesAnswer[] {
  return Array.from({ length: requests }, (_, request) => {
    const frames = Array.from({ length: framesPerRequest }, (__, place) => request * framesPerRequest + place)
    const answer = handler(frames)
    return { frames, body: Buffer.from(typeof answer === 'string' ? answer : JSON.stringify(answer)) }
  })
}

const classOf = (frame: number) => ({ [`class ${frame}`]: 0.5 + frame / 100 })
const boxesOf = (frame: number) => Array.from({ length: frame % 4 }, (_, n) => ({ x: frame, y: n }))

test.each<[string, (frames: number[]) => unknown, object]>([
  ['a list', (frames) => (frames.length === 1 ? classOf(frames[0]!) : frames.map(classOf)), { list: '' }],
  ['a list for a single frame too', (frames) => frames.map(classOf), { list: '' }],
  ['a nested list', (frames) => ({ time: 3, predictions: frames.map(classOf) }), { list: '/predictions' }],
  ['a list in a list', (frames) => [frames.map(classOf)], { list: '/0' }],
  [
    'lists of 0 to 3 boxes',
    (frames) => (frames.length === 1 ? boxesOf(frames[0]!) : frames.map(boxesOf)),
    { list: '' },
  ],
  [
    'texts',
    (frames) => (frames.length === 1 ? `class ${frames[0]}` : frames.map((f) => `class ${f}`)),
    { list: '' },
  ],
  ['one result', (frames) => ({ action: frames.reduce((sum, f) => sum + f, 0) }), { perRequest: true }],
  ['eight scores', (frames) => [1, 2, 3, 4, 5, 6, 7, 8].map((n) => n * frames[0]!), { perRequest: true }],
  ['plain text', (frames) => `waving ${frames[0]}`, { perRequest: true }],
])('eight frames answered by %s', (_, handler, shape) => {
  expect(learnShape(answersOf(handler, 1, 8), answersOf(handler, 8))).toEqual({ shape })
})

test('without answers to several frames nothing has to be told apart', () => {
  expect(
    learnShape(
      answersOf(() => 1, 1),
      [],
    ),
  ).toEqual({ shape: { perRequest: true } })
})

test('where single frames are refused, another size tells a list of results from one long result', async () => {
  const scores = (frames: number[]) => Array.from({ length: 8 }, (_, n) => n + frames[0]!)
  const list = (frames: number[]) => frames.map(classOf)
  for (const [handler, shape] of [
    [scores, { perRequest: true }],
    [list, { list: '' }],
  ] as const) {
    const ask = (size: number) => Promise.resolve(answersOf(handler, size))
    expect(await decideShape([], answersOf(handler, 8), ask)).toEqual({ shape })
  }
})

test('where only one size works and both readings fit, nothing is guessed', async () => {
  const list = (frames: number[]) => frames.map(classOf)
  const refused = () => Promise.resolve([])
  expect(await decideShape([], answersOf(list, 8), refused)).toMatchObject({
    problem: 'one-size',
    candidates: [''],
  })
  const clip = () => ({ action: 'waving' })
  expect(await decideShape([], answersOf(clip, 8), refused)).toEqual({ shape: { perRequest: true } })
})

test('several lists that fit are candidates to choose from', async () => {
  const handler = (frames: number[]) => ({ boxes: frames.map(boxesOf), scores: frames.map(() => [1]) })
  const ask = (size: number) => Promise.resolve(answersOf(handler, size))
  expect(await decideShape(answersOf(handler, 1), answersOf(handler, 8), ask)).toMatchObject({
    problem: 'several-lists',
    candidates: ['/boxes', '/scores'],
  })
})

test('a handler that reads one frame of each request is found', () => {
  const handler = (frames: number[]) => classOf(frames[0]!)
  expect(learnShape(answersOf(handler, 1, 24), answersOf(handler, 8))).toMatchObject({
    problem: 'one-frame-only',
  })
})

test('a list with a result too few fits nothing', () => {
  const handler = (frames: number[]) =>
    frames.length === 1 ? classOf(frames[0]!) : frames.slice(1).map(classOf)
  expect(learnShape(answersOf(handler, 1), answersOf(handler, 8))).toMatchObject({ problem: 'no-shape' })
})

test('the answer to a single frame is the result, or a list with the result', () => {
  const bare = (frames: number[]) => (frames.length === 1 ? classOf(frames[0]!) : frames.map(classOf))
  const nested = (frames: number[]) => ({ predictions: frames.map(boxesOf) })
  expect(singleResultKeys({ list: '' }, answersOf(bare, 1), answersOf(bare, 8))).toEqual([])
  expect(singleResultKeys({ list: '/predictions' }, answersOf(nested, 1), answersOf(nested, 8))).toEqual([
    'predictions',
    '0',
  ])
  expect(singleResultKeys({ perRequest: true }, answersOf(bare, 1), [])).toEqual([])
})
