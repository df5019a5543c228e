import * as z from 'zod'
import { numberWidths, variableMarks, type Payload } from '../../frames/payload/payload.js'
import { pointBatching } from '../../scenario/schema/batching.js'
import { blobName, type BlobName, protocol, thisProtocol, words } from './parse-message.js'

/*
 * A payload as it travels. The encoded frames are a blob of their own, because points that differ only in the number of
 * frames per request have the same.
 */

const mostFrames = 2_000_000
const mostFramesPerRequest = 10_000
/** Encoded frames have offsets of 32 bits. */
const mostFrameBytes = 0xff_ff_ff_ff

const bytes = z.base64().transform((text): Uint8Array => Buffer.from(text, 'base64'))
const pieces = z.array(bytes).min(1).max(mostFramesPerRequest)

const sentNumber = z.strictObject({
  gap: z.literal([0, 1]),
  at: z.int().min(0),
  form: z.enum(namesOf(numberWidths)),
  value: z.union([z.literal(['count', 'requestId']), z.strictObject({ bytesAfter: z.int().min(0) })]),
})

const headerValue = z
  .string()
  .max(4000)
  .regex(/^[\t\x20-\x7e]*$/, { error: 'not a header value' })

/** The parts of a payload besides its frames. */
const payloadMessage = z
  .strictObject({
    protocol,
    frames: blobName,
    encoding: pointBatching.shape.encoding,
    contentType: headerValue,
    offsets: z
      .array(z.int().min(0).max(mostFrameBytes))
      .min(2)
      .max(mostFrames + 1),
    leads: pieces,
    trails: pieces,
    end: bytes,
    numbers: z.array(sentNumber).max(64).optional(),
    framingBytes: z.int().min(0).optional(),
    shownGaps: z
      .array(words)
      .max(mostFramesPerRequest + 1)
      .optional(),
    headers: z.record(z.string().regex(/^[!#$%&'*+.^_`|~\w-]+$/), headerValue).optional(),
    variables: z.array(z.enum(namesOf(variableMarks))).max(8),
  })
  .superRefine((head, context) => {
    const mistake = mistakeIn(head)
    if (mistake !== undefined) context.addIssue({ code: 'custom', message: mistake })
  })

/** Reads the message of a payload: `parseMessage(payloadMessage, …)`. */
export { payloadMessage }
export type PayloadMessage = z.infer<typeof payloadMessage>

/** What would make a load thread read or write outside of the payload. */
function mistakeIn(head: {
  frames: BlobName
  offsets: readonly number[]
  leads: readonly Uint8Array[]
  trails: readonly Uint8Array[]
  end: Uint8Array
  numbers?: readonly z.infer<typeof sentNumber>[] | undefined
  framingBytes?: number | undefined
}): string | undefined {
  const { offsets, leads, trails, end, numbers = [], framingBytes = 0 } = head
  if (offsets[0] !== 0 || offsets.at(-1) !== head.frames.bytes) return 'offsets that do not cover the frames'
  const shortest = offsets
    .slice(1)
    .reduce((least, to, frame) => Math.min(least, to - offsets[frame]!), Infinity)
  if (shortest < framingBytes) return 'a frame that is shorter than its framing'
  if (leads.length !== trails.length) return 'leads and trails of different lengths'
  const gaps = [
    leads[0]!.length,
    trails[0]!.length + Math.min(end.length, leads[1]?.length ?? Number.POSITIVE_INFINITY),
  ]
  const isOutside = ({ gap, at, form }: z.infer<typeof sentNumber>) => at + numberWidths[form] > gaps[gap]!
  return numbers.some(isOutside) ? 'a number outside of its gap' : undefined
}

/** @param frames the blob of `payload.bytes` */
export function payloadToMessage(payload: Payload, frames: BlobName): z.input<typeof payloadMessage> {
  const { bytes: _bytes, offsets, leads, trails, end, numbers, shownGaps, variables, ...rest } = payload
  const text = (piece: Uint8Array) => Buffer.from(piece).toString('base64')
  return {
    ...thisProtocol,
    ...rest,
    headers: rest.headers && { ...rest.headers },
    frames,
    offsets: [...offsets],
    leads: leads.map(text),
    trails: trails.map(text),
    end: text(end),
    numbers: numbers && [...numbers],
    shownGaps: shownGaps && [...shownGaps],
    variables: [...variables],
  }
}

/** @param frameBytes the blob `message.frames` */
export function payloadFromMessage(message: PayloadMessage, frameBytes: SharedArrayBuffer): Payload {
  const { protocol: _protocol, frames: _frames, offsets, ...rest } = message
  return { ...rest, bytes: frameBytes, offsets: Uint32Array.from(offsets) }
}

function namesOf<Name extends string>(byName: Readonly<Record<Name, unknown>>): Name[]
function namesOf(byName: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(byName)
}
