/**
 * The size in the frame header of a JPEG (ITU-T T.81, B.2.2), in pixels.
 * @throws Error if there is none
 */
export function jpegSize(jpeg: Uint8Array): { width: number; height: number } {
  const view = new DataView(jpeg.buffer, jpeg.byteOffset, jpeg.byteLength)
  for (let at = 2; at + 9 <= jpeg.length; at += 2 + view.getUint16(at + 2)) {
    const marker = view.getUint16(at)
    // SOF0 to SOF15, without DHT, JPG and DAC.
    const isFrame = marker >= 0xffc0 && marker <= 0xffcf && ![0xffc4, 0xffc8, 0xffcc].includes(marker)
    if (isFrame) return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) }
  }
  throw new Error('the JPEG has no frame header')
}
