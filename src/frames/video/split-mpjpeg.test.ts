import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { splitMpjpeg } from './split-mpjpeg.js'

function mpjpeg(frames: Uint8Array[]): Buffer {
  const parts = frames.flatMap((frame) => [
    Buffer.from(`Content-type: image/jpeg\r\nContent-length: ${frame.length}\r\n\r\n`),
    frame,
    Buffer.from('\r\n--ffmpeg\r\n'),
  ])
  return Buffer.concat([Buffer.from('--ffmpeg\r\n'), ...parts])
}

/** Bytes that look like the stream's own markers, where an end is searched for by mistake. */
const treacherous = fc.constantFrom(
  '\r\n--ffmpeg\r\n',
  '\r\n\r\n',
  'Content-length: 3\r\n\r\n',
  '\xff\xd8',
  '\xff\xd9',
)

const frame = fc
  .array(fc.oneof(treacherous, fc.string({ unit: 'binary' })), { minLength: 1, maxLength: 6 })
  .map((pieces) => Buffer.from(pieces.join('') || 'x', 'latin1'))

test('frames are returned unchanged, for any content and any split of the stream', () => {
  fc.assert(
    fc.property(
      fc.array(frame, { maxLength: 5 }),
      fc.infiniteStream(fc.integer({ min: 1, max: 40 })),
      (frames, cuts) => {
        const stream = mpjpeg(frames)
        const splitter = splitMpjpeg()
        const seen: Buffer[] = []
        for (let at = 0; at < stream.length;) {
          const length = cuts.next().value ?? 1
          seen.push(...splitter.push(stream.subarray(at, at + length)))
          at += length
        }
        expect(seen).toEqual(frames)
        expect(splitter.unfinished()).toBe(false)
      },
    ),
  )
})

test('a stream that stops inside a frame is noticed', () => {
  const splitter = splitMpjpeg()
  const stream = mpjpeg([Buffer.from('abcdef')])
  expect(splitter.push(stream.subarray(0, stream.indexOf('def')))).toEqual([])
  expect(splitter.unfinished()).toBe(true)
})

test.each([
  ['no length', 'Content-type: image/jpeg\r\n\r\n'],
  ['a length of zero', 'Content-length: 0\r\n\r\n'],
  ['no header at all', 'x'.repeat(5000)],
])('%s is not mpjpeg', (_, text) => {
  expect(() => splitMpjpeg().push(Buffer.from(text))).toThrow('mpjpeg')
})
