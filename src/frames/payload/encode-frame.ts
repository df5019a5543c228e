import type { Encoding } from '../../scenario/schema/settings.js'

/** Bytes that a JPEG of this size takes in this encoding, without what stands around it. */
export function encodedBytes(encoding: Encoding, jpegBytes: number): number {
  return encoding === 'base64' ? Math.ceil(jpegBytes / 3) * 4 : jpegBytes
}

/** Writes the encoded frame into `target` at `offset` and returns the bytes written. */
export function encodeFrame(encoding: Encoding, jpeg: Uint8Array, target: Buffer, offset: number): number {
  if (encoding === 'base64') {
    const view = Buffer.from(jpeg.buffer, jpeg.byteOffset, jpeg.byteLength)
    return target.write(view.toString('base64'), offset, 'latin1')
  }
  target.set(jpeg, offset)
  return jpeg.byteLength
}
