const headerLimit = 4096

export interface MpjpegSplitter {
  /** The frames that this chunk completes, each in memory of its own. */
  push(chunk: Buffer): Buffer[]
  /** True while a frame has begun and is not whole. */
  unfinished(): boolean
}

/**
 * Splits ffmpeg's mpjpeg stream (libavformat/mpjpegenc.c): a boundary line, Content-type, Content-length, an empty
 * line, then so many bytes. Only headers are searched; what lies inside a JPEG cannot be mistaken for anything.
 */
export function splitMpjpeg(): MpjpegSplitter {
  let header = Buffer.alloc(0)
  let frame: Buffer | undefined
  let filled = 0

  function push(chunk: Buffer): Buffer[] {
    const frames: Buffer[] = []
    let rest = chunk
    while (rest.length > 0) {
      if (frame === undefined) {
        header = Buffer.concat([header, rest])
        const end = header.indexOf('\r\n\r\n')
        if (end < 0) {
          if (header.length > headerLimit) throw new Error('ffmpeg wrote something that is not mpjpeg')
          return frames
        }
        rest = header.subarray(end + 4)
        frame = Buffer.allocUnsafeSlow(contentLength(header.subarray(0, end)))
        filled = 0
        header = Buffer.alloc(0)
      }
      const copied = rest.copy(frame, filled)
      filled += copied
      rest = rest.subarray(copied)
      if (filled === frame.length) {
        frames.push(frame)
        frame = undefined
      }
    }
    return frames
  }

  return { push, unfinished: () => frame !== undefined }
}

function contentLength(header: Buffer): number {
  const length = Number(/^content-length: *(\d+)/im.exec(header.toString('latin1'))?.[1])
  if (length > 0) return length
  throw new Error(
    `ffmpeg wrote an mpjpeg header without a length: ${JSON.stringify(header.toString('latin1'))}`,
  )
}
