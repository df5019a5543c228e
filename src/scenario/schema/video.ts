import * as z from 'zod'
import {
  defaulted,
  fileSetting,
  noneRequired,
  optional,
  required,
  savedMapping,
  section,
  swept,
} from './section.js'

const sizeExpected = 'a width and a height in pixels such as 640x480'
const size = z.string({ error: sizeExpected }).regex(/^[1-9]\d{0,4}x[1-9]\d{0,4}$/, { error: sizeExpected })

/** URLs, devices by number and the test pattern are not files. */
function isFileSource(source: string): boolean {
  return source !== 'testsrc' && !/^\d+$/.test(source) && !/^[a-z][a-z0-9+.-]*:\/\//i.test(source)
}

export const video = section(
  'video',
  'The frames that are sent. They are decoded once, before any measurement.',
  {
    source: fileSetting(
      required(
        swept(z.union([z.string().min(1), z.int().min(0)]), z.string()),
        'The video to decode: a file (relative to the scenario file), an http(s):// or rtsp:// URL, a capture device ' +
          '(`/dev/video0` or its number), or `testsrc`, the test pattern of ffmpeg.',
      ),
      isFileSource,
    ),
    frames: optional(
      swept(z.int().min(1)),
      'Number of frames to decode. Default: the whole source. Required for live sources.',
    ),
    // 640x480 at quality 3 gives JPEGs of about 40 KB, the usual frame size of an edge camera.
    size: defaulted(swept(size), '640x480', 'Width x height in pixels to which frames are scaled.'),
    quality: defaulted(
      swept(z.int().min(2).max(31)),
      3,
      'JPEG quality, the -q:v option of ffmpeg, from 2 (best) to 31.',
    ),
  },
)

/** The video of one entry of `points`. */
export const videoOverlay = section(
  'videoOverlay',
  'Fields that differ from `video`.',
  noneRequired(video.fields),
)

const { size: _written, source, frames, ...others } = video.point.shape

/** The video of a point: the size is in pixels, and file paths are absolute. */
export const pointVideo = savedMapping({
  source,
  frames,
  width: z.int().min(1),
  height: z.int().min(1),
  ...others,
})

/** `640x480` as pixels. The schema accepts nothing else. */
export function parseSize(text: string): { width: number; height: number } {
  const [width = Number.NaN, height = Number.NaN] = text.split('x').map(Number)
  return { width, height }
}
