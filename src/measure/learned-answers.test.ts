import type { ServerResponse } from 'node:http'
import { afterEach, describe, expect, test } from 'vitest'
import { formatUserError } from '../system/user-error.js'
import type { Point } from '../scenario/plan/plan.js'
import type { RunningServer } from '../server/running-server.js'
import { smallPayload } from '../load/testing/small-payload.test.support.js'
import {
  startScriptedServer,
  type Script,
  type ScriptedServer,
} from '../load/testing/scripted-server.test.support.js'
import { collectReferenceAnswers, type ReferenceAnswers } from './reference-answers.js'
import { pointOn, syntheticClip } from './testing/one-point.test.support.js'

/*
 * Small HTTP servers, one for each kind of handler. Frames are recognised by their number, and requests that arrive
 * together are answered together, as a batch.
 */

const clip = syntheticClip(16)
let server: ScriptedServer | undefined

afterEach(() => server?.close())

interface Options {
  batching?: Partial<Point['batching']>
  model?: Partial<Point['model']>
  /** K of the other points of the plan. */
  sizes?: number[]
}

const client = (framesPerRequest: number): Partial<Point['batching']> => ({
  mode: 'client',
  framesPerRequest,
  batchSize: framesPerRequest,
  encoding: 'base64',
})

const batches: Partial<Point['batching']> = { serverBatchSize: 4, batchSize: 4, maxBatchDelayMs: 0 }

async function learn(
  script: Script,
  { batching = {}, model = {}, sizes = [] }: Options = {},
): Promise<ReferenceAnswers> {
  server = await startScriptedServer(script)
  const planned = (some: Partial<Point['batching']>) => {
    const point = pointOn({ kind: 'url', api: 'torchserve', inferenceUrl: 'http://h', manage: false }, some)
    return { ...point, model: { ...point.model, answer: 'auto' as const, ...model } }
  }
  const point = planned(batching)
  return collectReferenceAnswers(
    {
      server: { endpoint: server.endpoint } as RunningServer,
      clip,
      payloadOf: (of, { batching: { framesPerRequest } }) => smallPayload(of.frames.length, framesPerRequest),
      points: [point, ...sizes.map((size) => planned(size === 1 ? {} : client(size)))],
      point,
    },
    { deadlineMs: 5000 },
  )
}

/** A handler of one result per frame: alone for a single frame, else a list. */
const perFrame =
  (result: (frame: number) => unknown): Script =>
  ({ frames }, response) => {
    response.end(JSON.stringify(frames.length === 1 ? result(frames[0]!) : frames.map(result)))
  }

/** Answers requests that arrive within 15 ms together. */
function batched(answer: (frames: number[]) => unknown[]): Script {
  let waiting: { frame: number; response: ServerResponse }[] = []
  return ({ frames }, response) => {
    waiting.push({ frame: frames[0]!, response })
    if (waiting.length > 1) return
    setTimeout(() => {
      const batch = waiting
      waiting = []
      const answers = answer(batch.map(({ frame }) => frame))
      for (const [index, one] of batch.entries()) one.response.end(JSON.stringify(answers[index]))
    }, 15)
  }
}

const scores = (frame: number) => ({ cat: 0.1 + frame / 50, dog: 0.9 - frame / 50 })
const boxes = (frame: number) =>
  Array.from({ length: frame % 4 }, (_, n) => ({
    class: n,
    box: [10 * frame + n, 20, 30, 40],
    score: 0.5 + n / 10,
  }))

let clock = 0
const tick = () => (clock += 1 + (clock % 7))

describe('learned', () => {
  test.each<[string, Script, Options, object]>([
    ['a detector: 0 to 3 boxes per frame', perFrame(boxes), { sizes: [1, 4] }, { list: '' }],
    [
      'a detector under a key',
      ({ frames }, response) =>
        response.end(JSON.stringify({ time: tick(), predictions: frames.map(boxes) })),
      { sizes: [1, 4] },
      { list: '/predictions' },
    ],
    [
      'a clip: one answer per request',
      ({ frames }, response) => response.end(JSON.stringify({ action: frames[0]! + frames.length / 10 })),
      { batching: client(8), sizes: [4, 8] },
      { perRequest: true },
    ],
    [
      'a clip whose answer is as long as its request',
      ({ frames }, response) =>
        response.end(JSON.stringify(Array.from({ length: 8 }, (_, n) => n * (frames[0]! + frames.length)))),
      { batching: client(8), sizes: [8] },
      { perRequest: true },
    ],
  ])('%s', async (_, script, options, shape) => {
    const found = await learn(script, options)
    expect(found).toMatchObject({ shape, reference: { state: 'on', shape, compared: 'numbers' } })
    expect(found.refusal).toBeUndefined()
    expect(found.reference).not.toHaveProperty('mixedUp')
  })

  test('what changes from answer to answer is left out and named', async () => {
    const withTime = perFrame((frame) => ({ ...scores(frame), time: tick(), id: `request ${tick()}` }))
    const { reference, comparison } = await learn(withTime, { batching: batches, sizes: [1, 4] })
    expect(reference).toMatchObject({ state: 'on', noise: 0, ignored: ['/time', '/id'] })
    expect(reference).not.toHaveProperty('mixedUp')
    expect(comparison!.references[0]).toEqual({ cat: 0.1, dog: 0.9 })
  })

  test('the scenario can leave out more, and set the tolerance', async () => {
    const sameAnswer = { ignore: ['/dog'], tolerance: 0.5 }
    const { reference } = await learn(perFrame(scores), { model: { sameAnswer } })
    expect(reference).toMatchObject({ state: 'on', ignored: ['/dog'], tolerance: 0.5 })
  })

  test('boxes that come in another order each time are compared without their order', async () => {
    const shuffled = perFrame((frame) =>
      tick() % 2 === 0 ? boxes(frame + 2) : boxes(frame + 2).toReversed(),
    )
    const { reference } = await learn(shuffled, { batching: batches })
    expect(reference).toMatchObject({ state: 'on', noise: 0, unordered: [''] })
    expect(reference).not.toHaveProperty('ignored')
  })

  test('plain text and bytes are compared as a whole', async () => {
    const text = await learn(({ frames }, response) => response.end(`class ${frames[0]! % 5}`), {
      batching: batches,
    })
    expect(text).toMatchObject({
      shape: { perRequest: true },
      reference: { state: 'on', compared: 'text', noise: 0 },
    })
    await server?.close()
    const bytes = await learn(({ frames }, response) =>
      response.end(Buffer.from([0xff, 0, 200 + frames[0]!])),
    )
    expect(bytes).toMatchObject({ reference: { state: 'on', compared: 'text' }, comparison: { json: false } })
  })

  test('labels without numbers are compared', async () => {
    const labels = perFrame((frame) => ({ label: `class ${frame % 5}`, time: tick() }))
    expect(await learn(labels, { sizes: [1, 4] })).toMatchObject({
      shape: { list: '' },
      reference: { state: 'on', compared: 'text', ignored: ['/time'] },
    })
  })

  test('a handler that takes eight frames and nothing else', async () => {
    const onlyEight =
      (answer: (frames: number[]) => unknown): Script =>
      ({ frames }, response) => {
        response.statusCode = frames.length === 8 ? 200 : 400
        response.end(JSON.stringify(frames.length === 8 ? answer(frames) : {}))
      }
    const clips = await learn(
      onlyEight((frames) => ({ action: frames[0]! })),
      { batching: client(8) },
    )
    expect(clips).toMatchObject({
      shape: { perRequest: true },
      reference: { state: 'on', frames: 16, requests: 2 },
    })
    await server?.close()
    const lists = await learn(
      onlyEight((frames) => frames.map(scores)),
      { batching: client(8) },
    )
    expect(lists.refusal?.parts).toMatchObject({ concerns: 'point', exitCode: 3 })
    expect(formatUserError(lists.refusal!)).toMatch(/received\s+to 8 frames: \[\{"cat"[^]*perRequest: true/)
    await server?.close()
    const told = await learn(
      onlyEight((frames) => frames.map(scores)),
      {
        batching: client(8),
        model: { answer: { list: '' } },
      },
    )
    expect(told).toMatchObject({ reference: { state: 'on', frames: 16, noise: 0 } })
    expect(told.refusal).toBeUndefined()
  })
})

describe('a handler that mixes up the frames of a batch is found', () => {
  const swap = (frames: number[]) => [...frames.slice(1), frames[0]!]

  test.each<[string, Script, Options]>([
    ['in batches of the server', batched((frames) => swap(frames).map(scores)), { batching: batches }],
    [
      'with a time in its answer',
      batched((frames) => swap(frames).map((frame) => ({ ...scores(frame), time: tick() }))),
      { batching: batches },
    ],
    [
      'in one request',
      ({ frames }, response) =>
        response.end(JSON.stringify(frames.length === 1 ? scores(frames[0]!) : swap(frames).map(scores))),
      { batching: client(4), sizes: [1] },
    ],
  ])('%s', async (_, script, options) => {
    const { reference } = await learn(script, options)
    expect(reference.state).toBe('on')
    expect(reference.mixedUp).toBeGreaterThan(8)
  })

  test('even if the answers are too similar to set a tolerance', async () => {
    const noisy = batched((frames) =>
      frames.length === 1
        ? frames.map(scores)
        : swap(frames).map((frame) => ({ cat: scores(frame).cat + 0.005 })),
    )
    const { reference } = await learn(noisy, { batching: batches })
    expect(reference).toMatchObject({
      state: 'off',
      reason: expect.stringContaining('too similar') as string,
    })
  })
})

describe('not compared, with the reason', () => {
  test.each<[string, Script, string]>([
    ['answers that are all alike', perFrame(() => ({ cat: 0.5 })), 'too similar'],
    ['empty answers', (_, response) => response.end(), 'the answers are empty'],
    ['empty results', perFrame(() => ({})), 'too similar'],
    [
      'answers of which nothing repeats',
      (_, response) => response.end(`${tick()} ms`),
      'differ in everything',
    ],
    [
      'huge answers',
      perFrame((frame) => Array.from({ length: 50_000 }, (_, n) => frame + n)),
      'at most 200 KB',
    ],
    ['an empty server', (_, response) => response.writeHead(503).end(), 'did not answer'],
  ])('%s', async (_, script, reason) => {
    const { reference, comparison } = await learn(script)
    expect(reference).toMatchObject({ state: 'off', reason: expect.stringContaining(reason) as string })
    expect(comparison).toBeUndefined()
  })
})

describe('refused for requests of several frames, with the answer and the setting to write', () => {
  test.each<[string, Script, Options, RegExp]>([
    [
      'two lists of results',
      ({ frames }, response) =>
        response.end(JSON.stringify({ boxes: frames.map(boxes), scores: frames.map(scores) })),
      {},
      /answer: \{ list: \/boxes \}` or `answer: \{ list: \/scores \}`/,
    ],
    [
      'a handler that reads one frame',
      ({ frames }, response) => response.end(JSON.stringify(scores(frames[0]!))),
      {},
      /reads one frame of each request\. Check model\.request/,
    ],
    [
      'a result too few',
      ({ frames }, response) =>
        response.end(JSON.stringify(frames.length === 1 ? scores(frames[0]!) : frames.slice(1).map(scores))),
      {},
      /answer: \{ list: \/predictions \}/,
    ],
    [
      'another list than the scenario says',
      perFrame(scores),
      { model: { answer: { list: '/predictions' } } },
      /a list of 4 results at "\/predictions" \(model\.answer\.list\)[^]*write `answer: \{ list: '' \}`/,
    ],
  ])('%s', async (_, script, options, words) => {
    const { refusal } = await learn(script, { batching: client(4), sizes: [1], ...options })
    expect(refusal?.parts).toMatchObject({
      exitCode: 3,
      concerns: 'point',
      where: expect.stringContaining('/predictions/m') as string,
    })
    expect(formatUserError(refusal!)).toMatch(words)
    expect(formatUserError(refusal!)).toContain('to 4 frames: ')
  })

  test('the answer is shown without control characters and with a bounded length', async () => {
    const evil: Script = ({ frames }, response) =>
      response.end(frames.length === 1 ? '{"a":1}' : `\u001b[2J${'x'.repeat(50_000)}`)
    const { refusal } = await learn(evil, { batching: client(4), sizes: [1] })
    expect(refusal!.parts.received).not.toMatch(/\p{Cc}/u)
    expect(refusal!.parts.received!.length).toBeLessThan(1100)
  })
})

test('a handler that fails in batches is measured: what it answers alone is the reference', async () => {
  const fails = batched((frames) => frames.map(scores))
  let open = 0
  const script: Script = (request, response) => {
    open++
    response.on('finish', () => open--)
    if (open > 1) response.writeHead(503).end('{}')
    else fails(request, response)
  }
  const { reference, refusal } = await learn(script, { batching: batches })
  expect(reference).toMatchObject({ state: 'on', frames: 16 })
  expect(refusal).toBeUndefined()
})
