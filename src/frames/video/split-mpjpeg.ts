const headerLimit = 4096

export interface MpjpegSplitter {
  /** Returns the frames that this chunk completes, each in its own buffer. */
  push(chunk: Buffer): Buffer[]
  /** True while a frame has begun and is not complete. */
  unfinished(): boolean
}

/**
 * Splits ffmpeg's mpjpeg stream (libavformat/mpjpegenc.c): a boundary line, Content-type, Content-length, an empty
 * line, then Content-length bytes. Only headers are searched, so bytes inside a JPEG are never read as a header. `push`
 * throws an Error if the stream is not mpjpeg.
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
          if (header.length > headerLimit) throw new Error('the output of ffmpeg is not mpjpeg')
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
    `ffmpeg wrote an mpjpeg header without Content-length: ${JSON.stringify(header.toString('latin1'))}`,
  )
}
