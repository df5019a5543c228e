import { isDeepStrictEqual } from 'node:util'
import type { VideoSettings } from '../scenario/schema/settings.js'
import type { Clip } from '../frames/video/decode-frames.js'
import { decodeFrames } from '../frames/video/decode-frames.js'
import { ensureFfmpeg } from '../frames/video/resolve-ffmpeg.js'

/** At most one decoded clip at a time: the plan keeps points of the same video together. */
export interface ClipSlot {
  clipFor: (video: VideoSettings) => Promise<Clip>
}

export function createClipSlot(options: {
  signal: AbortSignal
  onProgress: (text: string) => void
}): ClipSlot {
  // The promise is held, not the clip: two runs that ask at once still decode once, and the clip before it is let go
  // of first, because two at once would double the memory for nothing.
  let held: { video: VideoSettings; clip: Promise<Clip> } | undefined

  async function decode(video: VideoSettings): Promise<Clip> {
    options.onProgress('finding ffmpeg')
    const ffmpeg = await ensureFfmpeg(options)
    options.onProgress('decoding the video')
    return decodeFrames(video, { ffmpeg, signal: options.signal })
  }

  return {
    clipFor(video) {
      if (held === undefined || !isDeepStrictEqual(held.video, video)) held = { video, clip: decode(video) }
      return held.clip
    },
  }
}
