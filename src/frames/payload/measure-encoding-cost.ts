import { Bench } from 'tinybench'
import * as z from 'zod'
import { pointBatching } from '../../scenario/schema/batching.js'
import { savedMapping } from '../../scenario/schema/section.js'
import type { Encoding, RequestShape } from '../../scenario/plan/plan.js'
import { bodyParts, encodeFrame, encodedBytes } from './encoding.js'

/** Encoding cost at the client, stored in run.json. */
export const encodingCostSchema = savedMapping({
  encoding: pointBatching.shape.encoding,
  /** Median CPU time per frame, µs. */
  encodeUs: z.number(),
  /** Mean bytes of a request body with one frame. */
  bytesMean: z.number(),
})
export type EncodingCost = z.infer<typeof encodingCostSchema>

const msPerEncoding = 150
const warmupMs = 50

/**
 * Measures the CPU time per frame of a client that encodes frames as they arrive: turning a JPEG into its part of a
 * request body. Runs before the load and takes 0.2 s per encoding. The load itself encodes nothing.
 */
export async function measureEncodingCosts(
  frames: readonly Uint8Array[],
  encodings: readonly Encoding[],
  request: RequestShape = { field: 'frame_{i}', json: 'object' },
): Promise<EncodingCost[]> {
  const largest = frames.reduce((largest, frame) => Math.max(largest, frame.byteLength), 0)
  const bench = new Bench({ time: msPerEncoding, warmupTime: warmupMs, iterations: 1, warmupIterations: 1 })
  for (const encoding of encodings) {
    const { lead, trail, around } = partsAround(encoding, request)
    const target = Buffer.alloc(encodedBytes(encoding, largest) + around)
    let next = 0
    bench.add(encoding, () => {
      const frame = frames[next++ % frames.length]
      if (frame === undefined) return
      target.set(lead)
      const encoded = encodeFrame(encoding, frame, target, lead.length)
      target.set(trail, lead.length + encoded)
    })
  }
  await bench.run()
  return encodings.map((encoding) => {
    const result = bench.getTask(encoding)?.result
    if (result === undefined || !('latency' in result))
      throw new Error(`could not measure the cost of ${encoding}`)
    return { encoding, encodeUs: result.latency.p50 * 1000, bytesMean: bytesMean(frames, encoding, request) }
  })
}

function bytesMean(frames: readonly Uint8Array[], encoding: Encoding, request: RequestShape): number {
  const { around } = partsAround(encoding, request)
  const sum = frames.reduce((sum, frame) => sum + encodedBytes(encoding, frame.byteLength) + around, 0)
  return sum / frames.length
}

/** The constant parts of a body with one frame, and their bytes together. */
function partsAround(encoding: Encoding, request: RequestShape) {
  const { leads, trails, end } = bodyParts(encoding, 1, request, 'framestorm-00000000')
  const [lead = end] = leads
  const [trail = end] = trails
  return { lead, trail, around: lead.length + trail.length + end.length }
}
