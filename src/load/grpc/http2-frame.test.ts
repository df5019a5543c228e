import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { FrameReader, http2Frame } from './http2-frame.js'

function readAll(pieces: readonly Uint8Array[]) {
  const frames: string[] = []
  const reader = new FrameReader(({ type, flags, stream, bytes, from, to }) => {
    frames.push(`${type} ${flags} ${stream} ${Buffer.from(bytes.subarray(from, to)).toString('hex')}`)
    return true
  })
  for (const piece of pieces) reader.feed(piece, piece.length)
  return { frames, problem: reader.problem }
}

const frame = fc.record({
  type: fc.nat(12),
  flags: fc.nat(255),
  stream: fc.nat(0x7fff_ffff),
  payload: fc.oneof(fc.uint8Array({ maxLength: 50 }), fc.constant(new Uint8Array(16_384))),
})

test('frames, cut anywhere, are read as they were written', () => {
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 6 }), fc.array(fc.nat(40_000)), (written, cuts) => {
      const bytes = Buffer.concat(
        written.map(({ type, flags, stream, payload }) => http2Frame(type, flags, stream, payload)),
      )
      const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length]
      const pieces = at.slice(1).map((end, index) => bytes.subarray(at[index], end))
      expect(readAll(pieces)).toEqual({
        frames: written.map(
          ({ type, flags, stream, payload }) =>
            `${type} ${flags} ${stream} ${Buffer.from(payload).toString('hex')}`,
        ),
        problem: undefined,
      })
    }),
  )
})

test('a frame that is larger than allowed is refused as soon as its head is there', () => {
  const head = Buffer.from('0040010000000000ff', 'hex')
  for (const pieces of [[head], [head.subarray(0, 2), head.subarray(2)]]) {
    expect(readAll(pieces)).toEqual({
      frames: [],
      problem: 'a frame of 16385 bytes, which is more than 16384',
    })
  }
})
