import { decideShape, type FramesAnswer } from '../load/answer/learn-shape.js'
import type { AnswerShape } from '../scenario/plan/plan.js'
import type { FailureCause } from '../run/failures.js'
import { bodyExcerpt, printableText, serverMessage } from '../server/server-message.js'
import type { HttpAnswer } from '../server/send-http.js'
import { isListed, listedResults, parseJson, pointerKeys } from '../load/answer/results-in-answer.js'

/** One printable result per frame of the request or one for all of them, or the reason why its frames failed. */
export type ReadAnswer = { results: string[] } | { failure: FailureCause }

/**
 * If the answers are not lists of one result per frame, the whole answer is the result of all frames.
 *
 * @param secrets texts that a failure must not show
 */
export function readAnswer(
  { status, body }: HttpAnswer,
  frames: number,
  shape: AnswerShape,
  secrets: readonly string[] = [],
): ReadAnswer {
  if (status !== 200)
    return { failure: { outcome: 'http-error', status, message: serverMessage(body, { secrets }) } }
  const text = printableText(body.toString())
  if (!isListed(shape, frames)) {
    const document = parseJson(body)
    return { results: [document === undefined ? text : printableText(JSON.stringify(document))] }
  }
  const results = listedResults(parseJson(body), frames, pointerKeys(shape.list))
  if (results !== undefined)
    return { results: results.map((result) => printableText(JSON.stringify(result))) }
  const message = `expected one result per frame (${frames}), received ${bodyExcerpt(body, { secrets })}`
  return { failure: { outcome: 'bad-response', status, message } }
}

/** How the answers to several frames are read, or why their frames count as failed. */
export type StreamShape = { shape: AnswerShape } | { problem: string }

/**
 * Learns it from the first answer to several frames, and asks for the answers to two of these frames alone. If more than
 * one shape fits, the whole answer is shown.
 */
export async function learnStreamShape(
  jpegs: readonly Uint8Array[],
  { body }: HttpAnswer,
  post: (jpegs: readonly Uint8Array[]) => Promise<HttpAnswer>,
): Promise<StreamShape> {
  async function answered(frames: readonly number[]): Promise<FramesAnswer[]> {
    try {
      const answer = await post(frames.map((frame) => jpegs[frame % jpegs.length]!))
      return answer.status === 200 ? [{ frames, body: answer.body }] : []
    } catch {
      return []
    }
  }
  const single = [...(await answered([0])), ...(await answered([jpegs.length - 1]))]
  const several = [{ frames: [...jpegs.keys()], body }]
  const learned = await decideShape(single, several, (size) =>
    answered(Array.from({ length: size }, (_, n) => n)),
  )
  if ('shape' in learned) return learned
  switch (learned.problem) {
    case 'one-frame-only':
      return { problem: `the answer to ${jpegs.length} frames is the answer to one of them alone` }
    case 'no-shape':
      return {
        problem: `expected one result per frame (${jpegs.length}) or one per request, received ${printableText(Buffer.from(body).toString())}`,
      }
    case 'several-lists':
    case 'one-size':
      return { shape: { perRequest: true } }
  }
}
