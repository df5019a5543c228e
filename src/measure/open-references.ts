import { isListed } from '../load/answer/results-in-answer.js'
import type { Clip } from '../frames/video/decode-frames.js'
import type { RunManifest } from '../run/manifest.js'
import type { RunWriter } from '../run/run-writer.js'
import { allPoints, restartKey, type PlannedPoint, type Point } from '../scenario/plan/plan.js'
import type { RunningServer } from '../server/running-server.js'
import { firstRequestDeadlineMs } from './check-plan.js'
import type { PayloadOf } from './prepare-clip.js'
import { collectReferenceAnswers, type ReferenceAnswers } from './reference-answers.js'

/**
 * Reference answers are collected once per server and clip, which the plan keeps together, and again at the first point
 * that joins requests into batches, because their noise is only visible there. If they are not answers to single frames,
 * or there are none, they are collected for each K, encoding and protocol. A new process of the same server is compared with the first answers, and must
 * give the same ones. Points that were left out are not asked for.
 */
export function openReferences(
  writer: RunWriter,
  payloadOf: PayloadOf,
  signal: AbortSignal,
): (
  point: Point,
  server: RunningServer,
  clip: Clip,
) => Promise<{ answers: ReferenceAnswers; isNew: boolean }> {
  let kept: { key: string; references: Map<string, ReferenceAnswers> } | undefined
  return async (point, server, clip) => {
    const key = restartKey(point)
    if (kept?.key !== key) kept = { key, references: new Map() }
    const { references } = kept
    const { framesPerRequest, serverBatchSize, encoding, protocol = 'http' } = point.batching
    const ways = [
      `${framesPerRequest} in batches`,
      ...(serverBatchSize > 1 ? [] : [String(framesPerRequest)]),
    ]
    const ofOwn = (way: string) => `${way}, ${encoding} ${protocol}`
    const known = ways
      .flatMap((way) => [references.get(way), references.get(ofOwn(way))])
      .find((found) => found !== undefined)
    if (known !== undefined) return { answers: known, isNew: false }
    const { plan, leftOut = [] } = writer.manifest
    const isLeftOut = ({ id }: PlannedPoint) => leftOut.some((one) => one.point === id)
    const collected = await collectReferenceAnswers(
      {
        server,
        clip,
        payloadOf,
        points: allPoints(plan).filter((one) => restartKey(one) === key && !isLeftOut(one)),
        point,
      },
      {
        noiseBefore: largestNoise(writer.manifest, key),
        deadlineMs: firstRequestDeadlineMs(point.measure),
        deadlineSetting: 'measure.firstRequestS',
        signal,
      },
    )
    const areShared = isListed(collected.shape, 2) && collected.comparison !== undefined
    const wayOf = (size: number) => (serverBatchSize > 1 ? `${size} in batches` : String(size))
    const shared = allPoints(plan).map(({ batching }) => wayOf(batching.framesPerRequest))
    for (const way of areShared ? shared : [ofOwn(wayOf(framesPerRequest))]) references.set(way, collected)
    return { answers: collected, isNew: true }
  }
}

/**
 * How much the answers to one frame have differed in the measurements so far. Noise belongs to the model and its machine: a
 * GPU may compute the batches of one setting to the same bits as single frames, and those of the next with another
 * algorithm. So the noise that a setting shows by chance is not less than that of the others.
 */
function largestNoise({ plan, measurements }: RunManifest, key: string): number {
  return measurements.reduce((largest, { point, answerReference: { noise = 0 } = {} }) => {
    const measured = allPoints(plan).find(({ id }) => id === point)
    return measured !== undefined && restartKey(measured) === key ? Math.max(largest, noise) : largest
  }, 0)
}
