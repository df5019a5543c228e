import type { AnswerNumbers } from '../load/answer/answer-deviation.js'
import { answerNumbers } from '../load/answer/answer-deviation.js'
import { pointerKeys, resultsInAnswer } from '../load/answer/results-in-answer.js'
import type { Point } from '../scenario/plan/plan.js'
import type { AnswerReference } from '../run/manifest.js'
import type { Encoding } from '../scenario/schema/settings.js'
import type { RunningServer } from '../server/running-server.js'
import type { Clip } from '../frames/video/decode-frames.js'
import { answerTolerance } from './answer-tolerance.js'
import type { PayloadOf } from './prepare-clip.js'
import { type PostOptions, postFrames } from '../load/post-frames.js'

const mostReferenceFrames = 32
/** A lone request pays the whole batch delay; the reference may take about this long. */
const referenceBudgetMs = 5000
const expectedInferenceMs = 60

export interface ReferenceAnswers {
  reference: AnswerReference
  /** By clip frame, with holes; undefined where answers are not compared. */
  answers?: AnswerNumbers[]
}

/**
 * Asks the server for some frames of the clip one at a time, one request in flight, so that no batching can mix
 * them up, and again beside each other, in a request and in the server's own batches, to see how much that moves the
 * numbers.
 */
export async function collectReferenceAnswers(
  {
    server,
    clip,
    payloadOf,
    points,
    point,
  }: {
    server: RunningServer
    clip: Clip
    payloadOf: PayloadOf
    /** All points that are measured on this server and clip. */
    points: readonly Point[]
    /** The first of them. */
    point: Point
  },
  options: PostOptions,
): Promise<ReferenceAnswers> {
  const { model } = point
  const list = model.answer.list
  if (list === undefined) {
    return { reference: { state: 'off', reason: 'the scenario says not to look into the answers' } }
  }
  const frames = referenceFrames(clip.frames.length, point.batching.maxBatchDelayMs ?? 0)

  /**
   * One result a frame, or undefined where an answer is not what was asked for.
   * @param atOnce requests in flight: 1 keeps the server from batching them
   */
  async function ask(
    encoding: Encoding,
    framesPerRequest: number,
    atOnce: number,
  ): Promise<AnswerNumbers[] | undefined> {
    const payload = payloadOf(clip, { batching: { ...point.batching, encoding, framesPerRequest }, model })
    const results: AnswerNumbers[] = []
    for (const group of groupsOf(groupsOf(frames, framesPerRequest), atOnce)) {
      const found = await Promise.all(
        group.map(async (together) => {
          const { status, body } = await postFrames(server.endpoint, payload, together, options)
          return status === 200 ? resultsInAnswer(body, together.length, pointerKeys(list!)) : undefined
        }),
      )
      if (found.includes(undefined)) return undefined
      results.push(...found.flatMap((some) => some ?? []).map(answerNumbers))
    }
    return results
  }

  const batchings = points.map(({ batching }) => batching)
  const single = batchings.find(({ framesPerRequest }) => framesPerRequest === 1)
  const several = batchings.find(({ framesPerRequest }) => framesPerRequest > 1)
  const { serverBatchSize } = point.batching
  const alone = await ask(single?.encoding ?? point.batching.encoding, 1, 1)
  const together: AnswerNumbers[][] = []
  for (const [asked, encoding, framesPerRequest, atOnce] of [
    [several !== undefined, several?.encoding, several?.framesPerRequest, 1],
    [single !== undefined && serverBatchSize > 1, single?.encoding, 1, serverBatchSize],
  ] as const) {
    if (!asked || alone === undefined) continue
    const answers = await ask(encoding!, framesPerRequest!, atOnce)
    if (answers === undefined) return { reference: { state: 'off', reason: noResult } }
    together.push(answers)
  }
  if (alone === undefined) return { reference: { state: 'off', reason: noResult } }
  const reference = answerTolerance(alone, ...together)
  if (reference.state === 'off') return { reference }
  const answers: AnswerNumbers[] = []
  for (const [index, frame] of frames.entries()) answers[frame] = alone[index]!
  return { reference, answers }
}

const noResult = 'the server did not give one result a frame'

function groupsOf<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, group) =>
    items.slice(group * size, (group + 1) * size),
  )
}

/** Frames spread evenly over the clip, as many as the budget allows; at least 4 where the clip has them. */
export function referenceFrames(clipFrames: number, maxBatchDelayMs: number): number[] {
  const affordable = Math.floor(referenceBudgetMs / (maxBatchDelayMs + expectedInferenceMs))
  const count = Math.min(clipFrames, mostReferenceFrames, Math.max(4, affordable))
  return Array.from({ length: count }, (_, index) => Math.floor((index * clipFrames) / count))
}
