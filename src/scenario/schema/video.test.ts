import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { formatUserError, UserError } from '../../system/user-error.js'
import { loadScenario } from '../load-scenario.js'
import { planScenario } from '../plan/plan-scenario.js'
import { formatSize, parseSize } from './video.js'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'framestorm-video-'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

async function planned(video: string) {
  const file = join(folder, 'x.yaml')
  await writeFile(
    file,
    `video: ${video}\nserver: embedded\nbatching: { mode: server, batchSize: 1 }\nload: { kind: closed, framesInFlight: 1 }\n`,
  )
  return planScenario(await loadScenario(file)).points.map((point) => point.video)
}

test.each([
  [
    'size: 640',
    'video.size has the wrong type',
    'a size in pixels such as 640x480, 640x or x480, or source',
    '640',
  ],
  ['size: x', 'video.size is not valid', 'a size in pixels such as 640x480, 640x or x480, or source', '"x"'],
  ['size: "0x480"', 'video.size is not valid', 'a size in pixels', '"0x480"'],
  ['fit: squash', 'video.fit is not valid', 'one of stretch, letterbox, crop', '"squash"'],
  ['stream: 0', 'video.stream is too small', 'a number of at least 1', '0'],
  ['transport: http', 'video.transport is not valid', 'one of tcp, udp', '"http"'],
  ['damage: ignore', 'video.damage is not valid', 'one of refuse, skip', '"ignore"'],
  ['input: 30', 'video.input has the wrong type', 'a mapping', '30'],
  [
    'input: { framrate: 30 }',
    'video.input has no option framrate; did you mean framerate?',
    'framerate',
    'framrate',
  ],
  ['input: { dump_attachment: x }', 'video.input has no option dump_attachment', 'one of', 'dump_attachment'],
  ['input: { filter_complex: x }', 'video.input has no option filter_complex', 'one of', 'filter_complex'],
  [
    'input: { protocol_whitelist: file }',
    'video.input has no option protocol_whitelist',
    'one of',
    'protocol_whitelist',
  ],
  ['input: { f: lavfi }', 'video.input has no option f', 'one of', 'f'],
  ['input: { headers: x }', 'video.input has no option headers', 'one of', 'headers'],
  ['input: { framerate: [30] }', 'video.input.framerate', 'a number', 'a list'],
  ['input: { video_size: "1 2" }', 'video.input.video_size', 'a number, or a text', '"1 2"'],
])(
  '%s is refused with place, expectation and what was received',
  async (field, message, expected, received) => {
    const error: unknown = await planned(`{ source: clip.mp4, ${field} }`).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(UserError)
    const text = formatUserError(error as UserError)
    expect(text).toContain(message)
    expect(text).toContain('x.yaml:1:')
    expect(text).toMatch(new RegExp(`expected  .*${expected.replaceAll(/[()]/g, '.')}`))
    expect(text).toContain(`received  ${received}`)
  },
)

test('what a point keeps: only what was written, and the size in pixels', async () => {
  expect(
    await planned('{ source: rtsp://h/1, frames: 9, size: [640x, x480, source], transport: udp }'),
  ).toEqual([
    { source: 'rtsp://h/1', frames: 9, quality: 3, width: 640, transport: 'udp' },
    { source: 'rtsp://h/1', frames: 9, quality: 3, height: 480, transport: 'udp' },
    { source: 'rtsp://h/1', frames: 9, quality: 3, transport: 'udp' },
  ])
  expect(
    await planned('{ source: 0, frames: 9, input: { framerate: 30, video_size: 1280x720 } }'),
  ).toMatchObject([
    { source: '0', width: 640, height: 480, input: { framerate: 30, video_size: '1280x720' } },
  ])
  expect(await planned('{ source: file:///a%20b.mp4 }')).toMatchObject([{ source: '/a b.mp4' }])
})

test('sizes are read and written', () => {
  const texts = ['640x480', '640x', 'x480']
  expect(texts.map((text) => formatSize(parseSize(text) ?? {}))).toEqual(texts)
  expect(formatSize(parseSize('source') ?? {})).toBe('source size')
})
