import type { VideoSettings } from '../../scenario/plan/plan.js'
import { plural } from '../../system/plural.js'
import type { InputFacts, VideoStream } from './ffmpeg-log.js'
import type { VideoSource } from './video-source.js'

/** A shape within 1 % of another one looks the same. */
const sameShape = 0.01

/**
 * What a user should know about the video and could not see in the settings: which stream was taken, what a device
 * delivers, a rotation, and a change of shape.
 */
export function describeInput(
  { streams }: Pick<InputFacts, 'streams'>,
  settings: Pick<VideoSettings, 'width' | 'height' | 'fit' | 'stream'>,
  source: Pick<VideoSource, 'kind'>,
): string[] {
  const number = settings.stream ?? 1
  const stream = streams[number - 1]
  if (stream === undefined || source.kind === 'testsrc') return []
  const notes: string[] = []
  if (streams.length > 1) {
    const others = streams.map((one, index) => `${index + 1}: ${formatStream(one)}`).join(', ')
    notes.push(
      `the source has ${plural(streams.length, 'video stream')} (${others}); stream ${number} is used (video.stream)`,
    )
  }
  if (source.kind !== 'file') notes.push(`the source delivers ${formatStream(stream)}`)
  if (stream.rotation !== undefined)
    notes.push(`the video is rotated by ${-stream.rotation}°, as its metadata says`)
  return [...notes, ...describeShape(stream, settings)]
}

function describeShape(
  stream: VideoStream,
  { width, height, fit = 'stretch' }: Pick<VideoSettings, 'width' | 'height' | 'fit'>,
): string[] {
  const shown = shownSize(stream)
  const stored =
    stream.pixelAspect === 1 ? '' : ` (${stream.width}x${stream.height} with pixels that are not square)`
  if (width === undefined || height === undefined) {
    return stored === '' ? [] : [`the video is shown as ${shown.width}x${shown.height}${stored}`]
  }
  const change = width / height / (shown.width / shown.height)
  if (Math.abs(change - 1) <= sameShape) return []
  const what = {
    stretch: 'the picture is stretched',
    letterbox: 'black bars fill the rest',
    crop: 'the edges are cut off',
  }[fit]
  const remedy =
    fit === 'stretch'
      ? `; to keep the shape, set video.size to ${width}x, or video.fit to letterbox or crop`
      : ''
  return [
    `the video is ${shown.width}x${shown.height}${stored}, frames are ${width}x${height}: ${what}${remedy}`,
  ]
}

/** The size on a screen: with square pixels, after the rotation. */
function shownSize({ width, height, pixelAspect, rotation = 0 }: VideoStream): {
  width: number
  height: number
} {
  const shown = { width: Math.round(width * pixelAspect), height }
  return Math.abs(Math.round(rotation / 90)) % 2 === 1 ? { width: shown.height, height: shown.width } : shown
}

function formatStream({ codec, width, height, fps }: VideoStream): string {
  return `${width}x${height}${fps === undefined ? '' : ` at ${fps} fps`}, ${codec}`
}
