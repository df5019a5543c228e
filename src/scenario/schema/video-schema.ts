import * as z from 'zod'
import { defaults } from './defaults.js'
import { section } from './section.js'
import { sweep } from './sweep.js'

const sizeExpected = 'a width and a height in pixels such as 640x480'

const shape = {
  source: sweep(z.union([z.string().min(1), z.int().min(0)])).meta({
    description:
      'What is decoded: a file (relative to the scenario file), an http(s):// or rtsp:// URL, a capture device ' +
      '(`/dev/video0` or its number), or `testsrc`, the test pattern of ffmpeg.',
  }),
  frames: sweep(z.int().min(1))
    .optional()
    .meta({ description: 'Frames to decode; the whole source where absent. Live sources need it.' }),
  size: sweep(z.string({ error: sizeExpected }).regex(/^[1-9]\d{0,4}x[1-9]\d{0,4}$/, { error: sizeExpected }))
    .optional()
    .meta({
      description: 'Width x height in pixels that frames are scaled to.',
      default: defaults.video.size,
    }),
  quality: sweep(z.int().min(2).max(31)).optional().meta({
    description: 'JPEG quality, the -q:v of ffmpeg: 2 (best) to 31.',
    default: defaults.video.quality,
  }),
}

export const videoSchema = section(
  'video',
  'The frames that are sent, decoded once before any clock starts.',
  shape,
)

/** The same fields, none required: laid over the video of the scenario by an entry of `points`. */
export const videoOverlaySchema = section('videoOverlay', 'Fields that differ from `video`.', {
  ...shape,
  source: shape.source.optional(),
})
