import type { FramesAnswer } from '../load/answer/learn-shape.js'
import { postFrames, type PostOptions } from '../load/post-frames.js'
import type { Clip } from '../frames/video/decode-frames.js'
import type { PlannedPoint, Point } from '../scenario/plan/plan.js'
import type { RunningServer } from '../server/running-server.js'
import { nowUs } from '../system/now-us.js'
import { UserError } from '../system/user-error.js'
import type { PayloadOf } from './prepare-clip.js'

const mostReferenceFrames = 32
const fewestReferenceFrames = 4
/** Time budget of the reference. A single request waits the whole batch delay. */
const referenceBudgetMs = 5000
const expectedInferenceMs = 60
/** A pass over single frames ends after this time if it has enough of them; one over frames together after the other. */
const alonePassMs = 2000
const togetherPassMs = 500

/** Where and how reference answers are asked for. */
export interface ReferenceSource {
  server: RunningServer
  clip: Clip
  payloadOf: PayloadOf
  /** All points that are measured on this server and clip. */
  points: readonly PlannedPoint[]
  /** The first of these points. */
  point: Point
}

/** The answers to a request that was sent twice. */
export interface TwiceAnswered {
  frames: readonly number[]
  one: Uint8Array
  /** The same as `one` if the second request failed. */
  other: Uint8Array
}

/** Sends requests outside of any measurement. */
export function askServer({ server, clip, payloadOf, points, point }: ReferenceSource, options: PostOptions) {
  const batchings = [point, ...points].map(({ batching }) => batching)

  /** Undefined if the status is not 200. Requests of another size than the point's may also go unanswered. */
  async function body(frames: readonly number[]): Promise<Uint8Array | undefined> {
    const like = batchings.find(({ framesPerRequest }) => framesPerRequest === frames.length)
    const nearest = like ?? batchings.find(({ framesPerRequest }) => framesPerRequest > 1)
    const batching = { ...(nearest ?? point.batching), framesPerRequest: frames.length }
    try {
      const answer = await postFrames(
        server.endpoint,
        payloadOf(clip, { ...point, batching }, server),
        frames,
        options,
      )
      return answer.status === 200 ? answer.body : undefined
    } catch (error) {
      if (frames.length !== point.batching.framesPerRequest && error instanceof UserError) return undefined
      throw error
    }
  }

  async function together(
    requests: readonly (readonly number[])[],
    { atOnce = 1, passMs = togetherPassMs }: { atOnce?: number; passMs?: number } = {},
  ): Promise<FramesAnswer[]> {
    const found: FramesAnswer[] = []
    const startUs = nowUs()
    for (let first = 0; first < requests.length; first += atOnce) {
      const group = requests.slice(first, first + atOnce)
      const bodies = await Promise.all(group.map((frames) => body(frames)))
      for (const [index, frames] of group.entries()) {
        const one = bodies[index]
        if (one !== undefined) found.push({ frames, body: one })
      }
      const asked = first + group.length
      // A size that is refused twice is refused.
      if (found.length === 0 && asked >= 2 && atOnce === 1) return []
      if (asked >= fewestReferenceFrames && nowUs() - startUs > passMs * 1000) break
    }
    return found
  }

  return {
    together,
    /** Each request alone, and all of them once more. */
    async twice(requests: readonly (readonly number[])[]): Promise<TwiceAnswered[]> {
      const first = await together(requests, { passMs: alonePassMs })
      const again = await together(
        first.map(({ frames }) => frames),
        { passMs: Infinity },
      )
      const second = new Map(again.map(({ frames, body: other }) => [frames, other]))
      return first.map(({ frames, body: one }) => ({ frames, one, other: second.get(frames) ?? one }))
    },
  }
}

export async function firstAnswered(
  sizes: readonly number[],
  ask: (size: number) => Promise<FramesAnswer[]>,
): Promise<FramesAnswer[]> {
  for (const size of sizes) {
    const answers = await ask(size)
    if (answers.length > 0) return answers
  }
  return []
}

export function singleAnswers(single: readonly TwiceAnswered[]): FramesAnswer[] {
  return single.map(({ frames, one }) => ({ frames, body: one }))
}

/** Requests of K frames that together carry all of these frames; the last one is filled up from the start. */
export function requestsOf(frames: readonly number[], framesPerRequest: number): number[][] {
  return Array.from({ length: Math.ceil(frames.length / framesPerRequest) }, (_, request) =>
    Array.from(
      { length: framesPerRequest },
      (__, place) => frames[(request * framesPerRequest + place) % frames.length]!,
    ),
  )
}

/**
 * Requests of K consecutive frames as a closed load sends them (`closedFrames`), spread evenly over all that are
 * different; about as many as carry the given number of frames, but at least 4 if there are so many.
 */
export function consecutiveRequests(
  clipFrames: number,
  framesPerRequest: number,
  frames: number,
): number[][] {
  const different = clipFrames / greatestCommonDivisor(clipFrames, framesPerRequest)
  const count = Math.min(different, Math.max(fewestReferenceFrames, Math.floor(frames / framesPerRequest)))
  return Array.from({ length: count }, (_, index) => {
    const first = Math.floor((index * different) / count) * framesPerRequest
    return Array.from({ length: framesPerRequest }, (__, place) => (first + place) % clipFrames)
  })
}

function greatestCommonDivisor(one: number, other: number): number {
  return other === 0 ? one : greatestCommonDivisor(other, one % other)
}

/**
 * Frames spread evenly over the clip, as many as the budget allows twice alone and then together, but at least 4 if the
 * clip has them. Those that come first are spread as well, because a slow server is asked for fewer.
 */
export function referenceFrames(clipFrames: number, maxBatchDelayMs: number): number[] {
  const affordable = Math.floor(referenceBudgetMs / (2.25 * (maxBatchDelayMs + expectedInferenceMs)))
  const count = Math.min(clipFrames, mostReferenceFrames, Math.max(fewestReferenceFrames, affordable))
  const places = Array.from({ length: count }, (_, index) => index)
  const stride = Math.ceil(count / fewestReferenceFrames)
  return places
    .toSorted((one, other) => (one % stride) - (other % stride))
    .map((place) => Math.floor((place * clipFrames) / count))
}
