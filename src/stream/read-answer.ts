import { pointerKeys, resultsInAnswer } from '../load/answer/results-in-answer.js'
import type { AnswerShape } from '../scenario/schema/settings.js'
import type { HttpAnswer } from './post-frames.js'

/** One printable result for each frame of the request, or why its frames count as failed. */
export type ReadAnswer = { results: string[] } | { failure: string }

/** Where `answer.list` is undefined, an answer without a result for each frame stands for all of its frames. */
export function readAnswer({ status, body }: HttpAnswer, frames: number, answer: AnswerShape): ReadAnswer {
  if (status !== 200) return { failure: `status ${status} ${serverMessage(body)}`.trim() }
  const results = resultsInAnswer(body, frames, pointerKeys(answer.list ?? ''))
  if (results !== undefined)
    return { results: results.map((result) => printableText(JSON.stringify(result))) }
  const text = printableText(body.toString())
  if (answer.list === undefined) return { results: Array.from({ length: frames }, () => text) }
  return { failure: `the answer does not hold one result a frame (${frames}): ${text}` }
}

/** TorchServe's errors are `{ code, type, message }` (frontend NettyUtils.java). */
function serverMessage(body: Buffer): string {
  const text = body.toString()
  try {
    const parsed: unknown = JSON.parse(text)
    if (typeof parsed === 'object' && parsed !== null && 'message' in parsed) {
      const type = 'type' in parsed ? `${String(parsed.type)}: ` : ''
      return printableText(`${type}${String(parsed.message)}`)
    }
  } catch {
    // Not JSON: shown as it is.
  }
  return printableText(text)
}

/** Controls, line breaks among them: a server's text must not move the cursor or colour the terminal. */
const controls = /\p{Cc}+/gu

/** Text from outside in one line of at most `limit` characters. */
function printableText(text: string, limit = 400): string {
  const line = text.replaceAll(controls, ' ').trim()
  return line.length > limit ? `${line.slice(0, limit)}…` : line
}
