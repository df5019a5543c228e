import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { UserError, formatUserError } from '../system/user-error.js'
import { loadRequest } from './load-request.js'
import { loadScenario } from './load-scenario.js'
import type { Plan } from './plan/plan.js'
import { planScenario } from './plan/plan-scenario.js'

let folder = ''
let files = 0

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'template-'))
})

afterAll(() => rm(folder, { recursive: true }))

interface Settings {
  batching?: string
  server?: string
  set?: string[]
}

async function planWith(
  request: string,
  { batching = '{ mode: server, batchSize: 4 }', server = 'embedded', set = [] }: Settings = {},
): Promise<Plan> {
  const path = join(folder, `s${files++}.yaml`)
  const load = '{ kind: closed, framesInFlight: 8 }'
  await writeFile(
    path,
    `video: { source: clip.mp4 }\nserver: ${server}\nbatching: ${batching}\nload: ${load}\nmodel:\n  request: ${request}\n`,
  )
  return planScenario(await loadScenario(path, { set }))
}

async function refusal(request: string, settings?: Settings): Promise<string> {
  const error: unknown = await planWith(request, settings).catch((reason: unknown) => reason)
  if (!(error instanceof UserError) || error.exitCode !== 2) throw error
  return formatUserError(error).replaceAll(new RegExp(`${folder}/s\\d+`, 'g'), 'x')
}

const kserve = '{ json: { instances: [ { data: $frame } ] } }'
const bothModes = '{ mode: [server, client], batchSize: [1, 4] }'

test('a template is kept as written, its lists are no sweep, and a plan that holds it is plain data', async () => {
  const plan = await planWith('{ json: { inputs: [ a, { image: $frame } ], sizes: [1, 2] } }')
  expect(plan.points.map(({ model }) => model.request)).toEqual([
    { json: { inputs: ['a', { image: '$frame' }], sizes: [1, 2] } },
  ])
  expect(JSON.parse(JSON.stringify(plan))).toEqual(plan)
})

test('a number that would not be sent as it is written is refused with its place; a text and a decimal are kept', async () => {
  const text = await refusal('{ json: { id: 9007199254740993, images: [$frame] } }')
  expect(text).toContain('this number is too large to be kept exactly')
  expect(text).toContain('9007199254740993')
  expect(text).toContain('Put it in quotes')
  const kept =
    '{ json: { id: "9007199254740993", least: -9007199254740991, mass: 1.5e30, images: [$frame] } }'
  expect((await planWith(kept)).points[0]!.model.request).toEqual({
    json: { id: '9007199254740993', least: -9007199254740991, mass: 1.5e30, images: ['$frame'] },
  })
})

test('object and list keep their meaning, and a field without a template too', async () => {
  const requestOf = async (text: string) => (await planWith(text)).points[0]?.model.request
  expect(await requestOf('{ json: list }')).toEqual({ field: 'frame_{i}', json: 'list' })
  expect(await requestOf('{ field: "image{i}" }')).toEqual({ field: 'image{i}', json: 'object' })
})

test('a template sends JSON, or multipart, at every number of frames', async () => {
  const encodings = async (request: string) =>
    (await planWith(request, { batching: bothModes })).points.map(({ batching }) => [
      batching.framesPerRequest,
      batching.encoding,
    ])
  expect(await encodings(kserve)).toEqual([
    [1, 'base64'],
    [1, 'base64'],
    [4, 'base64'],
  ])
  expect(await encodings('{ multipart: { image_$index: $frame, k: "3" } }')).toEqual([
    [1, 'multipart'],
    [1, 'multipart'],
    [4, 'multipart'],
  ])
})

test('where nothing repeats a request has one frame, and larger ones are left out with that reason', async () => {
  const { points, impossible } = await planWith('{ json: { image: $frame } }', { batching: bothModes })
  expect(points.map(({ batching }) => batching.framesPerRequest)).toEqual([1, 1])
  expect(impossible).toEqual([
    {
      cell: 'mode=client batchSize=4',
      reason: 'a request carries one frame, because nothing in the template model.request repeats',
    },
  ])
})

test('multipart frames of one name are left out of a TorchServe that keeps the last, not of other servers', async () => {
  const request = '{ multipart: { image: $frame } }'
  const batching = '{ mode: client, batchSize: [1, 4] }'
  const { points, impossible } = await planWith(request, { batching })
  expect(points).toHaveLength(1)
  expect(impossible[0]?.reason).toContain('TorchServe keeps only the last')
  expect((await planWith(request, { batching, server: 'http://h:1' })).points).toHaveLength(2)
})

test('templates are swept like other models', async () => {
  const plan = await planWith(kserve, {
    set: [`model=[{ request: ${kserve} }, { request: { json: [$frame] } }]`],
  })
  expect(plan.points.map(({ model }) => model.request)).toEqual([
    { json: { instances: [{ data: '$frame' }] } },
    { json: ['$frame'] },
  ])
})

test('--set reaches into a template', async () => {
  const plan = await planWith(kserve, { set: ['model.request.json.threshold=0.5'] })
  expect(plan.points[0]?.model.request).toEqual({ json: { instances: [{ data: '$frame' }], threshold: 0.5 } })
})

describe('mistakes', () => {
  test('a misspelt variable has its place, the names that exist, and what was probably meant', async () => {
    expect(await refusal('{ json: { n: $cuont, a: [ "data:,$frame" ] } }')).toMatchInlineSnapshot(`
      "error: unknown variable $cuont; did you mean $count?
        at        x.yaml:6:25

         6 |   request: { json: { n: $cuont, a: [ "data:,$frame" ] } }
           |                         ^^^^^^

        expected  one of $frame, $index, $number, $count, $camera
        received  $cuont
        remedy    Write $count. If a dollar is meant, write $$cuont."
    `)
  })

  test.each([
    ['no $frame', '{ json: { a: 1 } }', 'the template holds no $frame', 'Write $frame where'],
    [
      'no $frame in multipart',
      '{ multipart: { a: b } }',
      'the template holds no $frame',
      'image_$index: $frame',
    ],
    ['two', '{ json: [ $frame, $frame ] }', 'the template holds $frame twice', 'all but the first'],
    ['two in one text', '{ json: [ "$frame $frame" ] }', 'the template holds $frame twice', 'all but'],
    ['$frame in a key', '{ json: { $frame: 1 } }', 'a key holds $frame', 'frame_$index: $frame'],
    ['a lone dollar', '{ json: { price: "5 $", a: $frame } }', 'a dollar without the name', 'Write $$'],
    ['braces', '{ json: { a: "${frame}" } }', 'a dollar without the name', 'Write $frame, without braces.'],
    ['an underscore after a name', '{ json: { a_$index_b: $frame } }', 'unknown variable', '$index-b'],
    ['an unknown name', '{ json: [ $frame, $password ] }', 'unknown variable $password', 'Write $$password'],
    [
      '$index outside',
      '{ json: { n: $index, a: [ $frame ] } }',
      '$index is outside of what repeats',
      '$count',
    ],
    [
      '$index where nothing repeats',
      '{ json: { n: $index, a: $frame } }',
      '$index is outside',
      'into a list',
    ],
    ['a text', '{ json: $frame }', 'a text alone is not a request template', 'json: { data: $frame }'],
    [
      'a number',
      '{ json: 5 }',
      'model.request.json has the wrong type',
      'object, list, or a mapping or list',
    ],
    ['an unknown layout', '{ json: lists }', 'model.request.json is not valid', 'object, list, or a mapping'],
    ['an empty list', '{ json: [] }', 'the template holds no $frame', 'Write $frame'],
    ['no JSON number', '{ json: [ .nan, $frame ] }', 'JSON has no such number', 'null'],
    ['both', '{ json: [ $frame ], multipart: { a: $frame } }', 'both json and multipart', 'Remove the one'],
    ['a field too', '{ field: a, json: [ $frame ] }', 'both field and a template', 'Remove field'],
    ['a number in multipart', '{ multipart: { a: $frame, t: 0.5 } }', 'field t is not a text', 't: "0.5"'],
    ['zeros are kept', '{ multipart: { a: $frame, t: 0.50 } }', 'field t is not a text', 't: "0.50"'],
    ['yes or no in multipart', '{ multipart: { a: $frame, t: true } }', 'field t is not a text', 't: "true"'],
    ['no value in multipart', '{ multipart: { a: $frame, t: } }', 'field t is not a text', 'Write its JSON'],
    [
      'a template that holds itself',
      '{ json: &a { b: $frame, c: *a } }',
      '*a is inside of its own',
      'the anchor',
    ],
    ['a set', '{ json: { a: $frame, b: !!set { c } } }', 'Unresolved tag', '!!set'],
    [
      'a list in multipart',
      '{ multipart: { a: $frame, t: [1] } }',
      'field t is not a text',
      'Write its JSON',
    ],
    ['a text around a file', '{ multipart: { a: "x$frame" } }', 'must be the whole value', 'a: $frame'],
    ['multipart as a list', '{ multipart: [ $frame ] }', 'multipart has the wrong type', 'mapping'],
  ])('%s', async (_, request, message, words) => {
    const text = await refusal(request)
    expect(text).toContain(message)
    expect(text).toContain(words)
    expect(text).toMatch(/at {8}x\.yaml:6:\d+/)
    expect(text).toContain('expected')
  })

  test('an encoding that contradicts the template', async () => {
    const batching = '{ mode: server, batchSize: 4, encoding: [auto, multipart] }'
    const text = await refusal(kserve, { batching })
    expect(text).toContain('encoding multipart contradicts the template of model.request')
    expect(text).toContain('x.yaml:3:')
    const two = await refusal(kserve, { batching: batching.replace('auto', 'raw') })
    expect(two).toContain('2 problems')
    expect(two).toMatch(
      /encoding raw contradicts.*x\.yaml:3:52.*encoding multipart contradicts.*x\.yaml:3:57/s,
    )
    await expect(
      planWith(kserve, { batching: batching.replace('multipart', 'base64') }),
    ).resolves.toMatchObject({ points: [{ batching: { encoding: 'base64' } }] })
  })

  test('all mistakes of a template are reported at once', async () => {
    expect(await refusal('{ json: [ $fram, $cout, $frame ] }')).toContain('2 problems')
  })
})

describe('a request on the command line', () => {
  test('is YAML, JSON or a file', async () => {
    const file = join(folder, 'request.yaml')
    await writeFile(file, 'json:\n  instances: [ { data: $frame } ]\n')
    const request = { json: { instances: [{ data: '$frame' }] } }
    expect(await loadRequest('--request', kserve)).toEqual(request)
    expect(await loadRequest('--request', JSON.stringify(request))).toEqual(request)
    expect(await loadRequest('--request', `@${file}`)).toEqual(request)
  })

  test('has its mistakes shown in place', async () => {
    const error: unknown = await loadRequest('--request', '{ json: [ $fram ] }').catch(
      (reason: unknown) => reason,
    )
    expect(error instanceof UserError && formatUserError(error)).toMatchInlineSnapshot(`
      "error: unknown variable $fram; did you mean $frame?
        at        --request

        --request { json: [ $fram ] }
                            ^^^^^

        expected  one of $frame, $index, $number, $count, $camera
        received  $fram
        remedy    Write $frame. If a dollar is meant, write $$fram."
    `)
    await expect(loadRequest('--request', '@no-such-file')).rejects.toThrow('cannot read the request')
  })
})
