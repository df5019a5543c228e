import * as z from 'zod'
import { pointBatching } from '../../scenario/schema/batching.js'
import { savedMapping } from '../../scenario/schema/section.js'
import type { RequestShape, SentAs } from '../../scenario/plan/plan.js'
import type { RequestMessage } from './build-payload.js'
import { bodyParts, encodeFrame, encodedBytes } from './encoding.js'

/** Encoding cost at the client, stored in run.json. */
export const encodingCostSchema = savedMapping({
  encoding: pointBatching.shape.encoding,
  /** Absent: HTTP. */
  protocol: pointBatching.shape.protocol,
  /** Median CPU time per frame, µs. */
  encodeUs: z.number(),
  /** Mean bytes of a request body with one frame. */
  bytesMean: z.number(),
})
export type EncodingCost = z.infer<typeof encodingCostSchema>

/** Whether this is the cost of frames that are sent in this way. */
export function isSentAs(cost: SentAs, { encoding, protocol }: SentAs): boolean {
  return cost.encoding === encoding && cost.protocol === protocol
}

/** A frame takes 1 to 200 µs, so that this is the median of hundreds. */
const msPerEncoding = 30
const warmupMs = 10

interface EncodedRequests extends SentAs {
  request: RequestShape
  /** The message that carries the frames, in place of a body of this encoding. */
  message?: Pick<RequestMessage, 'framing' | 'parts'> | undefined
}

/**
 * Measures the CPU time per frame of a client that encodes frames as they arrive: turning a JPEG into a request body with
 * one frame. Runs before the load and takes 40 ms. The load itself encodes nothing.
 */
export async function measureEncodingCost(
  frames: readonly Uint8Array[],
  requests: EncodedRequests,
): Promise<EncodingCost> {
  const { encoding, protocol } = requests
  const { Bench } = await import('tinybench')
  const bench = new Bench({ time: msPerEncoding, warmupTime: warmupMs, iterations: 1, warmupIterations: 1 })
  const { leads, trails, end } =
    requests.message?.parts(1) ?? bodyParts(encoding, 1, requests.request, 'framestorm-00000000')
  const [lead = end] = leads
  const [trail = end] = trails
  const bytesOf = ({ byteLength }: Uint8Array): number => {
    const framed = encodedBytes(encoding, byteLength)
    const framing = requests.message?.framing(framed).byteLength ?? 0
    return lead.length + framing + framed + trail.length + end.length
  }
  const target = Buffer.alloc(frames.reduce((largest, frame) => Math.max(largest, bytesOf(frame)), 0))
  let next = 0
  bench.add(encoding, () => {
    const frame = frames[next++ % frames.length]
    if (frame === undefined) return
    target.set(lead)
    let at = lead.length
    const framing = requests.message?.framing(encodedBytes(encoding, frame.byteLength))
    if (framing !== undefined) {
      target.set(framing, at)
      at += framing.byteLength
    }
    at += encodeFrame(encoding, frame, target, at)
    target.set(trail, at)
  })
  await bench.run()
  const result = bench.getTask(encoding)?.result
  if (result === undefined || !('latency' in result))
    throw new Error(`could not measure the cost of ${encoding}`)
  return {
    encoding,
    ...(protocol !== undefined && { protocol }),
    encodeUs: result.latency.p50 * 1000,
    bytesMean: frames.reduce((sum, frame) => sum + bytesOf(frame), 0) / frames.length,
  }
}
