import { bodyGaps, writeNumbers, type Payload } from '../frames/payload/payload.js'

/** What a body depends on. */
export interface BodyRequest {
  /** Indices into the clip. In a partial batch there are fewer than leads in the payload. */
  clipFrames: readonly number[]
  /** Edge device or request loop. A closed load has no cameras, so its loop takes the place of one. */
  client: number
  /** The captured frames, in the order of `clipFrames`; undefined in a closed load. */
  frames?: readonly { camera: number }[] | undefined
}

/** A body is `gaps[0] + frames[i₁] + gaps[1] + … + frames[iₖ] + gaps[k]`. */
export interface BodyParts {
  /** Views of the shared payload, by clip frame. */
  frames: readonly Buffer[]
  /** The bytes between the frames of a request. `requestId`: 16 bytes, if the payload carries an id. */
  gapsFor: (request: BodyRequest, requestId?: Uint8Array) => readonly Buffer[]
}

/** The parts of which the bodies of this payload consist. */
export function bodyParts(payload: Payload): BodyParts {
  const frames = frameViews(payload)
  const gapsFor = gapBuilder(payload)
  const { numbers = [] } = payload
  if (numbers.length === 0) return { frames, gapsFor }
  return {
    frames,
    gapsFor(request, requestId) {
      const { clipFrames } = request
      const gaps = [...gapsFor(request)]
      // The numbers are written into copies, because the gaps are kept.
      gaps[0] = Buffer.from(gaps[0]!)
      gaps[1] = Buffer.from(gaps[1]!)
      let bodyBytes = 0
      for (const gap of gaps) bodyBytes += gap.byteLength
      for (const frame of clipFrames) bodyBytes += frames[frame]!.byteLength
      writeNumbers(numbers, gaps, { count: clipFrames.length, bodyBytes, requestId })
      return gaps
    },
  }
}

/** Partial batches of up to this many frames are rendered once, so that the memory for them stays small. */
const longestKeptPartial = 256

/** Gives the bytes between the frames of a request: rendered once, unless they hold the numbers of cameras. */
function gapBuilder(payload: Payload): (request: BodyRequest) => readonly Buffer[] {
  if (payload.variables.includes('camera')) {
    return ({ clipFrames, client, frames }) =>
      bodyGaps(payload, clipFrames.length, (place) => frames?.[place]?.camera ?? client)
  }
  const full = payload.leads.length
  const ofLength = Array.from({ length: full + 1 }, (): readonly Buffer[] | undefined => undefined)
  ofLength[full] = bodyGaps(payload, full)
  return ({ clipFrames: { length } }) => {
    const known = ofLength[length]
    if (known !== undefined) return known
    const gaps = bodyGaps(payload, length)
    if (length <= longestKeptPartial) ofLength[length] = gaps
    return gaps
  }
}

function frameViews({ bytes, offsets }: Payload): Buffer[] {
  return Array.from({ length: offsets.length - 1 }, (_, frame) =>
    Buffer.from(bytes, offsets[frame], offsets[frame + 1]! - offsets[frame]!),
  )
}
