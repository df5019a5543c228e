import { bodyGaps, type Payload } from './payload.js'

/** Frames that are shown of a long request: the first ones and the last one. */
const firstShown = 2
/** Longest shown text between two frames. */
const longestGap = 400

/**
 * The body of a request with these clip frames as text for people: each frame is shown by its kind and size, such as
 * `<base64 JPEG, 54 KB>`. The text is bounded: of many frames the first ones and the last one are shown. A frame of 0
 * bytes has no known size and is shown without one.
 */
export function describeBody(payload: Payload, frames: readonly number[]): string {
  const gaps = textGaps(payload, frames.length)
  const shown = frames.map((frame, place) => gaps[place]! + describeFrame(payload, frame))
  const left = shown.length - firstShown - 1
  const end = gaps[frames.length]!
  if (left < 2) return shown.join('') + end
  return [...shown.slice(0, firstShown), ` … ${left} more frames … `, ...shown.slice(-1), end].join('')
}

function textGaps(payload: Payload, frames: number): readonly string[] {
  const { shownGaps } = payload
  return shownGaps?.length === frames + 1 ? shownGaps : bodyGaps(payload, frames).map(printableGap)
}

function describeFrame({ encoding, offsets, framingBytes = 0 }: Payload, frame: number): string {
  const bytes = (offsets[frame + 1] ?? 0) - (offsets[frame] ?? 0) - framingBytes
  const kind = encoding === 'base64' ? 'base64 JPEG' : 'JPEG'
  if (bytes === 0) return `<${kind}>`
  return bytes < 1000 ? `<${kind}, ${bytes} bytes>` : `<${kind}, ${Math.round(bytes / 1000)} KB>`
}

/** Control characters other than line breaks would move the cursor. */
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const controls = /[\u0000-\u0009\u000b-\u001f\u007f]/g

function printableGap(bytes: Buffer): string {
  const text = bytes.toString('utf8').replaceAll('\r\n', '\n').replaceAll(controls, ' ')
  if (text.length <= longestGap) return text
  return `${text.slice(0, longestGap / 2)}…${text.slice(-longestGap / 2)}`
}
