import { crc32 } from 'node:zlib'
import type { Tensor } from '../../../frames/message/tensor-contents.js'
import { isPictureFile } from '../request-frames.js'

/**
 * The checksums of the frames in the inputs of the open inference protocol: each picture, or else each value, of BYTES;
 * or else each row (along the first dimension) of the first input. Undefined if there is none, or if a shape does not
 * fit its data.
 */
export function tensorFrames(inputs: readonly Tensor[]): number[] | undefined {
  const texts = inputs.filter(({ datatype }) => datatype === 'BYTES')
  const checksums = texts.length > 0 ? bytesFrames(texts) : rowsOf(inputs[0])
  return checksums === undefined || checksums.length === 0 ? undefined : checksums
}

function bytesFrames(inputs: readonly Tensor[]): number[] | undefined {
  if (!inputs.every(fitsShape)) return undefined
  const values = inputs.flatMap(({ data }) => data).map(asBytes)
  const pictures = values.filter((value) => value !== undefined && isPictureFile(value))
  const frames = pictures.length > 0 ? pictures : values
  const known = frames.filter((value) => value !== undefined).filter(({ length }) => length > 0)
  return known.length < frames.length ? undefined : known.map((bytes) => crc32(bytes))
}

/** In JSON a value of BYTES is a text: base64 of a frame. */
function asBytes(value: Tensor['data'][number]): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value
  return typeof value === 'string' && /^[A-Za-z0-9+/]+={0,2}$/.test(value)
    ? Buffer.from(value, 'base64')
    : undefined
}

function rowsOf(input: Tensor | undefined): number[] | undefined {
  if (input === undefined || !fitsShape(input)) return undefined
  const numbers = Float64Array.from(input.data, Number)
  const rows = input.shape[0] ?? 1
  const perRow = numbers.length / rows
  if (numbers.length === 0 || !Number.isInteger(perRow)) return undefined
  return Array.from({ length: rows }, (_, row) =>
    crc32(new Uint8Array(numbers.slice(row * perRow, (row + 1) * perRow).buffer)),
  )
}

function fitsShape({ shape, data }: Tensor): boolean {
  return shape.reduce((product, size) => product * size, 1) === data.length
}
