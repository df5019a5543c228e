import { isDeepStrictEqual } from 'node:util'
import type { VideoSettings } from '../scenario/settings.js'
import type { Clip } from '../video/clip.js'
import { decodeFrames } from '../video/decode-frames.js'
import { ensureFfmpeg } from '../video/ensure-ffmpeg.js'

/** At most one decoded clip at a time: the plan keeps points of the same video together. */
export interface ClipSlot {
  clipFor: (video: VideoSettings) => Promise<Clip>
}

export function createClipSlot(options: {
  signal: AbortSignal
  onProgress: (text: string) => void
}): ClipSlot {
  let held: { video: VideoSettings; clip: Clip } | undefined
  return {
    async clipFor(video) {
      if (held === undefined || !isDeepStrictEqual(held.video, video)) {
        // Let go first: two clips at once would double the memory for nothing.
        held = undefined
        options.onProgress('finding ffmpeg')
        const ffmpeg = await ensureFfmpeg(options)
        options.onProgress('decoding the video')
        const clip = await decodeFrames(video, { ffmpeg, signal: options.signal })
        held = { video, clip }
      }
      return held.clip
    },
  }
}
