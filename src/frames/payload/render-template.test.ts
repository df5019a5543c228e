import busboy from '@fastify/busboy'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { templateMistakes } from '../../scenario/grammar/template-mistakes.js'
import type { RequestShape } from '../../scenario/plan/plan.js'
import { buildPayload } from './build-payload.js'
import { describeBody } from './describe-body.js'
import { requestBody } from './payload.js'

const jpegs = ['first', 'second', 'third'].map((text) => Buffer.from(text))
const base64 = jpegs.map((jpeg) => jpeg.toString('base64'))

function jsonBody(
  json: unknown[] | Record<string, unknown>,
  frames: number[],
  framesPerRequest = 3,
): unknown {
  expect(templateMistakes({ kind: 'json', template: json })).toEqual([])
  const payload = buildPayload(jpegs, { encoding: 'base64', framesPerRequest, request: { json } })
  expect(payload.contentType).toBe('application/json')
  return JSON.parse(requestBody(payload, frames).toString())
}

describe('JSON', () => {
  test('the nearest enclosing list element repeats, with all that is in it', () => {
    const template = { id: 7, instances: [{ image: { b64: '$frame' }, top: 5 }], none: null, yes: true }
    expect(jsonBody(template, [2, 0])).toEqual({
      id: 7,
      instances: [
        { image: { b64: base64[2] }, top: 5 },
        { image: { b64: base64[0] }, top: 5 },
      ],
      none: null,
      yes: true,
    })
  })

  test('other elements of the list stay where they are', () => {
    expect(jsonBody(['head', { data: '$frame' }, 'tail'], [0, 1])).toEqual([
      'head',
      { data: base64[0] },
      { data: base64[1] },
      'tail',
    ])
  })

  test('an entry whose key is numbered repeats, from 0 or from 1', () => {
    expect(jsonBody({ a: 1, frame_$index: '$frame', z: 2 }, [0, 1])).toEqual({
      a: 1,
      frame_0: base64[0],
      frame_1: base64[1],
      z: 2,
    })
    expect(jsonBody({ frame_$number: { data: '$frame' } }, [0, 1])).toEqual({
      frame_1: { data: base64[0] },
      frame_2: { data: base64[1] },
    })
  })

  test('the nearer one repeats: an entry inside of a list, a list inside of an entry', () => {
    expect(jsonBody([{ frame_$index: '$frame' }], [0, 1])).toEqual([
      { frame_0: base64[0], frame_1: base64[1] },
    ])
    expect(jsonBody({ a: { frame_$index: '$frame' } }, [2])).toEqual({ a: { frame_0: base64[2] } })
    expect(jsonBody({ rows: [['$frame']] }, [0, 1])).toEqual({ rows: [[base64[0], base64[1]]] })
  })

  test('variables alone are numbers, inside of a text they are text, and two dollars are one', () => {
    const template = {
      n: '$count',
      said: '$count frames of $camera for 5 $$',
      camera: '$camera',
      frames: [{ at: '$index', no: 'number $number', data: 'data:image/jpeg;base64,$frame' }],
    }
    expect(jsonBody(template, [0, 1, 2])).toEqual({
      n: 3,
      said: '3 frames of 0 for 5 $',
      camera: 0,
      frames: base64.map((data, at) => ({
        at,
        no: `number ${at + 1}`,
        data: `data:image/jpeg;base64,${data}`,
      })),
    })
    expect(jsonBody(template, [1])).toMatchObject({ n: 1, frames: [{ at: 0 }] })
  })

  test('where nothing repeats there is one frame', () => {
    expect(jsonBody({ image: '$frame', n: '$count' }, [1], 1)).toEqual({ image: base64[1], n: 1 })
    const request = { json: { image: '$frame' } }
    expect(() => buildPayload(jpegs, { encoding: 'base64', framesPerRequest: 2, request })).toThrow(
      'one frame',
    )
  })

  test('whatever the constants, the body parses back to them', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()),
        fc.integer({ min: 1, max: 3 }),
        (constants, count) => {
          const plain: unknown = JSON.parse(JSON.stringify(constants))
          const escaped: unknown = JSON.parse(JSON.stringify(constants).replaceAll('$', '$$$$'))
          const frames = [0, 1, 2].slice(0, count)
          expect(jsonBody([escaped, [{ f: '$frame' }], escaped], frames)).toEqual([
            plain,
            frames.map((frame) => ({ f: base64[frame] })),
            plain,
          ])
        },
      ),
    )
  })

  test('a dry run and an error show the body with frames in words', () => {
    const request = { json: { n: '$count', instances: [{ data: 'data:image/jpeg;base64,$frame' }] } }
    const payload = buildPayload([Buffer.alloc(40_500)], { encoding: 'base64', framesPerRequest: 4, request })
    expect(describeBody(payload, [0])).toBe(
      '{"n":1,"instances":[{"data":"data:image/jpeg;base64,<base64 JPEG, 54 KB>"}]}',
    )
  })
})

interface Field {
  name: string
  value: string
  type?: string
}

function fields(request: RequestShape, frames: number[], framesPerRequest = 3): Promise<Field[]> {
  const payload = buildPayload(jpegs, { encoding: 'multipart', framesPerRequest, request })
  return new Promise((resolve, reject) => {
    const found: Field[] = []
    const parser = new busboy.Busboy({ headers: { 'content-type': payload.contentType } })
    parser.on('field', (name, value) => found.push({ name, value }))
    parser.on('file', (name, stream, _fileName, _encoding, type) => {
      const field = { name, value: '', type }
      found.push(field)
      stream.on('data', (chunk: Buffer) => (field.value += chunk.toString()))
    })
    parser.on('finish', () => resolve(found))
    parser.on('error', reject)
    parser.end(requestBody(payload, frames))
  })
}

describe('multipart', () => {
  test('texts are constant, the field of the frame repeats, and the order is kept', async () => {
    const multipart = { threshold: '0.50', image_$number: '$frame', count: '$count', note: 'a\nb "c" ü $$' }
    expect(await fields({ multipart }, [2, 0])).toEqual([
      { name: 'threshold', value: '0.50' },
      { name: 'image_1', value: 'third', type: 'image/jpeg' },
      { name: 'image_2', value: 'first', type: 'image/jpeg' },
      { name: 'count', value: '2' },
      { name: 'note', value: 'a\nb "c" ü $' },
    ])
  })

  test('without a number the name is the same again', async () => {
    const found = await fields({ multipart: { image: '$frame' } }, [0, 1])
    expect(found.map(({ name }) => name)).toEqual(['image', 'image'])
  })

  test('a name cannot break out of its header', async () => {
    const multipart = { 'a"\r\nX-Evil: 1\r\n\r\n_$index': '$frame', 'b"\r\nX-Evil: 2': 'text' }
    const payload = buildPayload(jpegs, {
      encoding: 'multipart',
      framesPerRequest: 2,
      request: { multipart },
    })
    expect(requestBody(payload, [0, 1]).toString('latin1')).not.toContain('\r\nX-Evil')
    expect(await fields({ multipart }, [0, 1])).toHaveLength(3)
  })
})
