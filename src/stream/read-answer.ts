import { pointerKeys, resultsInAnswer } from '../load/answer/results-in-answer.js'
import type { AnswerShape } from '../scenario/plan/plan.js'
import type { HttpAnswer } from '../load/post-frames.js'

/** One printable result per frame of the request, or the reason why its frames failed. */
export type ReadAnswer = { results: string[] } | { failure: string }

/**
 * If the answers have no list and the answer is not a list of one result per frame, the whole answer is the result of
 * every frame.
 */
export function readAnswer({ status, body }: HttpAnswer, frames: number, answer: AnswerShape): ReadAnswer {
  if (status !== 200) return { failure: `status ${status} ${serverMessage(body)}`.trim() }
  const list = typeof answer === 'object' && 'list' in answer ? answer.list : undefined
  const results = resultsInAnswer(body, frames, pointerKeys(list ?? ''))
  if (results !== undefined)
    return { results: results.map((result) => printableText(JSON.stringify(result))) }
  const text = printableText(body.toString())
  if (list === undefined) return { results: Array.from({ length: frames }, () => text) }
  return {
    failure: `expected one result per frame (${frames}), received ${text === '' ? 'an empty answer' : text}`,
  }
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
    // Not JSON: shown as text.
  }
  return printableText(text)
}

/** Control characters, including line breaks. A server's text must not move the cursor or colour the terminal. */
const controls = /\p{Cc}+/gu

/** A server's text as one line of at most `limit` characters. */
function printableText(text: string, limit = 400): string {
  const line = text.replaceAll(controls, ' ').trim()
  return line.length > limit ? `${line.slice(0, limit)}…` : line
}
