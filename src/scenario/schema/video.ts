import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import { didYouMean } from '../text/nearest-name.js'
import {
  defaulted,
  fileSetting,
  fixed,
  noneRequired,
  optional,
  required,
  savedMapping,
  section,
  swept,
} from './section.js'

/** What a size may be, for errors. */
export const sizeExpected = 'a size in pixels such as 640x480, 640x or x480, or source'
const sizePattern = /^(?:source|(?=.*\d)(?:[1-9]\d{0,4})?x(?:[1-9]\d{0,4})?)$/
const size = z.string({ error: sizeExpected }).regex(sizePattern, { error: sizeExpected })

/**
 * Options of ffmpeg's demuxers, devices and protocols that change how a source is read. Others could write files, run
 * filters, open other protocols, or hold a secret that would be saved.
 */
const inputOptions = (
  'analyzeduration buffer_size channel drop_late_frames fflags fifo_size flags framerate hwaccel hwaccel_device ' +
  'input_format latency localaddr loop max_delay mode overrun_nonfatal pixel_format pkt_size probesize r rcvlatency ' +
  'reconnect reconnect_delay_max reconnect_on_network_error reconnect_streamed reorder_queue_size rtbufsize rtsp_flags ' +
  'rw_timeout skip_frame ss sseof standard start_number stimeout stream_loop t thread_queue_size threads timeout ' +
  'timestamps tls_verify ts use_libv4l2 use_wallclock_as_timestamps user_agent video_device_index video_size'
).split(' ')

const inputValueExpected = 'a number, or a text of letters, digits and :/+,.%_- such as 1280x720 or mjpeg'
const inputValue = z.union(
  [z.number(), z.string().regex(/^[\w:/+,.%-]{1,200}$/, { error: inputValueExpected })],
  {
    error: inputValueExpected,
  },
)

/** What would be expected of an option of the input; undefined if it is valid. */
export function inputProblem(name: string, value: string): string | undefined {
  if (!inputOptions.includes(name)) return `NAME=VALUE with a name out of ${inputOptions.join(', ')}`
  return inputValue.safeParse(value).success
    ? undefined
    : `NAME=VALUE with ${inputValueExpected} as the value`
}

const input = z.record(z.string(), inputValue).superRefine((written, context) => {
  for (const name of Object.keys(written)) {
    if (inputOptions.includes(name)) continue
    context.addIssue({
      code: 'custom',
      path: [name],
      message: `video.input has no option ${name}${didYouMean(name, inputOptions)}`,
      params: {
        unknownKey: true,
        expected: `one of ${inputOptions.join(', ')}`,
        received: name,
        remedy:
          'Use an option of an input device or protocol of ffmpeg, such as framerate, video_size or input_format.',
      },
    })
  }
})

export const fits = ['stretch', 'letterbox', 'crop'] as const
export const transports = ['tcp', 'udp'] as const

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
        'The video to decode: a file (relative to the scenario file), an address (http, https, rtsp, rtsps, rtmp, udp, ' +
          'rtp, srt, tcp, …), a capture device (`/dev/video0` or its number), or `testsrc`, the test pattern of ffmpeg. ' +
          '`$env:NAME` in an address is read from the environment. User and password are never saved or printed.',
      ),
      isFileSource,
    ),
    frames: optional(
      swept(z.int().min(1)),
      'Number of frames to decode. Default: the whole source. Required for live sources.',
    ),
    // 640x480 at quality 3 gives JPEGs of about 40 KB, the usual frame size of an edge camera.
    size: defaulted(
      swept(size),
      '640x480',
      'Width x height in pixels to which frames are scaled. `640x` or `x480`: the other side keeps the shape. `source`: ' +
        'as the video is.',
    ),
    fit: optional(
      swept(z.enum(fits)),
      'What happens if `size` has another shape than the video: `stretch` (default), `letterbox` (black bars) or `crop`.',
    ),
    quality: defaulted(
      swept(z.int().min(2).max(31)),
      3,
      'JPEG quality, the -q:v option of ffmpeg, from 2 (best) to 31.',
    ),
    stream: optional(
      swept(z.int().min(1).max(64)),
      'Which video stream is used, from 1. Default: the first.',
    ),
    transport: optional(swept(z.enum(transports)), 'How an rtsp:// camera sends: `tcp` (default) or `udp`.'),
    damage: optional(
      swept(z.enum(['refuse', 'skip'])),
      'What happens if a part of the video cannot be decoded: `refuse` (default), or `skip` its frames.',
    ),
    input: optional(
      fixed(input),
      'Options of ffmpeg for the input, such as `{ framerate: 30, video_size: 1280x720, input_format: mjpeg }` for a ' +
        'capture device.',
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

/** The video of a point: file paths are absolute. Without a width or a height, that side follows from the video. */
export const pointVideo = savedMapping({
  source,
  frames,
  width: z.int().min(1).optional(),
  height: z.int().min(1).optional(),
  ...others,
})

/** `file:///clips/a.mp4` as the path of the file; any other source, and a wrong file URL, as it is. */
export function pathOfFileUrl(source: string): string {
  if (!/^file:\/\//i.test(source)) return source
  try {
    return fileURLToPath(source)
  } catch {
    return source
  }
}

export interface FrameSize {
  width?: number
  height?: number
}

/** `640x480` as pixels, `640x` as a width, `x480` as a height; undefined if the text is no size. */
export function parseSize(text: string): FrameSize | undefined {
  if (!sizePattern.test(text)) return undefined
  const [, width, height] = /^(\d+)?x(\d+)?$/.exec(text) ?? []
  return {
    ...(width !== undefined && { width: Number(width) }),
    ...(height !== undefined && { height: Number(height) }),
  }
}

/** `640x480`, `640x`, `x480` or `source`. */
export function formatSize({ width, height }: Pick<z.infer<typeof pointVideo>, 'width' | 'height'>): string {
  return width === undefined && height === undefined ? 'source size' : `${width ?? ''}x${height ?? ''}`
}
