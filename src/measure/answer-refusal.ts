import { pointersToLists, type FramesAnswer, type LearnedShape } from '../load/answer/learn-shape.js'
import { isListed, listedResults, parseJson, pointerKeys } from '../load/answer/results-in-answer.js'
import type { AnswerShape } from '../scenario/plan/plan.js'
import { endpointUrl, type Endpoint } from '../server/endpoint.js'
import { printableText } from '../server/server-message.js'
import { plural } from '../system/plural.js'
import { ExitCode, UserError } from '../system/user-error.js'

type Problem = Extract<LearnedShape, { problem: unknown }>

/** The error about requests of several frames whose answers can be read in more than one way, or in none. */
export function explainUnknownShape({ problem, candidates, shown }: Problem, endpoint: Endpoint): UserError {
  const { message, expected, remedy } = describeProblem(problem, candidates, shown.frames.length)
  return refusal(message, expected, shown, endpoint, remedy)
}

/** The error if answers are not as the scenario says; undefined if they are. */
export function refuseOtherShape(
  shape: AnswerShape,
  several: readonly FramesAnswer[],
  endpoint: Endpoint,
): UserError | undefined {
  const shown = several[0]
  if (shown === undefined || !isListed(shape, shown.frames.length)) return undefined
  const keys = pointerKeys(shape.list)
  // A broken answer among good ones is a failure of the server, and counted as such by the load.
  const fits = several.some(
    ({ frames, body }) => listedResults(parseJson(body), frames.length, keys) !== undefined,
  )
  if (fits) return undefined
  const lists = pointersToLists(parseJson(shown.body), shown.frames.length)
  const found = lists.length === 0 ? 'the JSON pointer to the list of results' : listSettings(lists)
  return refusal(
    'the answer to several frames does not have one result per frame',
    `a list of ${plural(shown.frames.length, 'result')} at ${JSON.stringify(shape.list)} (model.answer.list)`,
    shown,
    endpoint,
    `Remove model.answer, so that it is learned, or write ${found}. ${wholeRemedy}`,
  )
}

/** The settings that name one of these lists. */
function listSettings(pointers: readonly string[]): string {
  return pointers.map((pointer) => `\`answer: { list: ${pointer === '' ? "''" : pointer} }\``).join(' or ')
}

const wholeRemedy =
  'Write `answer: { perRequest: true }` under model if the answer is one result for all frames of its request, such as a clip.'

function describeProblem(
  problem: Problem['problem'],
  candidates: readonly string[],
  frames: number,
): { message: string; expected: string; remedy: string } {
  const lists = listSettings(candidates)
  switch (problem) {
    case 'several-lists':
      return {
        message: 'several lists in the answer have one element per frame',
        expected: `one list with ${plural(frames, 'result')}`,
        remedy: `Write the list that holds the results under model: ${lists}. ${wholeRemedy}`,
      }
    case 'one-size':
      return {
        message: 'the answer may be one result per frame or one result per request',
        expected: 'answers to requests of another size, which the server refused',
        remedy: `${wholeRemedy} Write ${lists} if it is one result per frame.`,
      }
    case 'one-frame-only':
      return {
        message: `the answer to ${frames} frames is the answer to one of them alone`,
        expected: `${plural(frames, 'result')}, or one result that depends on all frames`,
        remedy: `The handler probably reads one frame of each request. Check model.request. ${wholeRemedy}`,
      }
    case 'no-shape':
      return {
        message: 'the answer to several frames fits no known form',
        expected: `a list of ${plural(frames, 'result')}, or one result of the same form as the answer to a single frame`,
        remedy:
          `Write the JSON pointer to the list of results, such as \`answer: { list: /predictions }\`, under model. ${wholeRemedy} ` +
          '`answer: none` measures without reading answers.',
      }
  }
  return problem satisfies never
}

function refusal(
  message: string,
  expected: string,
  { frames, body }: FramesAnswer,
  endpoint: Endpoint,
  remedy: string,
): UserError {
  const text = printableText(
    Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'),
    1000,
  )
  return new UserError(message, {
    where: endpointUrl(endpoint),
    expected,
    received: `to ${plural(frames.length, 'frame')}: ${text === '' ? 'an empty answer' : text}`,
    remedy,
    exitCode: ExitCode.environment,
    concerns: 'point',
  })
}
