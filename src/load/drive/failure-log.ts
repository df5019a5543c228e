import { causeKey, mostFailures, type Failure, type FailureCause } from '../../run/failures.js'
import { failureOutcomes, outcomes } from '../../run/record.js'
import type { AnswerShape } from '../../scenario/plan/plan.js'
import { bodyExcerpt, maskSecrets, printableText, serverMessage } from '../../server/server-message.js'
import { isListed } from '../answer/results-in-answer.js'
import type { Exchange, RequestEnd } from '../exchange.js'
import { grpcStatusName } from '../../server/grpc-status.js'

/** Counts the failed requests of the measured phase by cause. Answered requests cost nothing here. */
export interface FailureLog {
  /** @param outcome index into `outcomes`; only failures are counted */
  add: (
    failed: { outcome: number; end: RequestEnd; exchange: FailedExchange; framesInRequest: number },
    counted: Pick<Failure, 'requests' | 'frames'>,
  ) => void
  failures: () => Failure[]
}

type FailedExchange = Pick<Exchange<unknown>, 'response' | 'errorCode' | 'reason' | 'malformed' | 'sentUs'>

/** Bodies that were read before, so that a server that answers the same error thousands of times costs little. */
const mostRemembered = 256

interface FailureLogJob {
  answer: AnswerShape
  deadlineMs: number
  /** As in `LoadEngine`. */
  answerName: string
  /** Texts that must not be kept, such as the token of the requests. */
  secrets: readonly string[]
}

export function failureLog(job: FailureLogJob): FailureLog {
  const byCause = new Map<string, Failure>()
  const remembered = new Map<string, Failure>()
  let distinct = 0

  function entryFor(cause: FailureCause): Failure {
    const key = causeKey(cause)
    const known = byCause.get(key)
    if (known !== undefined) return known
    if (cause.message !== undefined && distinct >= mostFailures) return entryFor({ outcome: cause.outcome })
    if (cause.message !== undefined) distinct++
    const fresh: Failure = { ...cause, requests: 0, frames: 0 }
    byCause.set(key, fresh)
    return fresh
  }

  function entryForError({ response }: FailedExchange): Failure {
    const { status } = response.head
    const body = response.body ?? new Uint8Array(0)
    const key = `${status} ${Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1')}`
    const known = remembered.get(key)
    if (known !== undefined) return known
    const isCut = response.bodyBytes > body.length
    const said = serverMessage(body, { secrets: job.secrets, isCut })
    const code = grpcStatusName(status)
    const message = code === undefined ? said : said === '' ? code : `${code}: ${said}`
    const entry = entryFor({ outcome: 'http-error', status, message })
    if (remembered.size < mostRemembered) remembered.set(key, entry)
    return entry
  }

  return {
    add({ outcome, end, exchange, framesInRequest }, counted) {
      const name = failureOutcomes.find((one) => one === outcomes[outcome])
      if (name === undefined || counted.requests + counted.frames === 0) return
      let entry: Failure
      if (name === 'http-error') entry = entryForError(exchange)
      else if (end === 'answered') {
        const expected = describeExpected(job.answer, framesInRequest)
        const received = bodyExcerpt(exchange.response.body ?? new Uint8Array(0), job)
        const { status } = exchange.response.head
        entry = entryFor({ outcome: name, status, message: `expected ${expected}, received ${received}` })
      } else entry = entryFor({ outcome: name, message: reasonFor(end, exchange, job) })
      entry.requests += counted.requests
      entry.frames += counted.frames
    },
    failures: () => [...byCause.values()],
  }
}

/** What an answer with status 200 has to be, for a message about one that is not. */
function describeExpected(shape: AnswerShape, frames: number): string {
  if (!isListed(shape, frames)) return 'a JSON answer'
  const place = shape.list === '' ? '' : ` at ${shape.list}`
  return `a JSON list of ${frames} results${place}`
}

/** Why there is no answer, or none that could be read. */
function reasonFor(
  end: RequestEnd,
  { response, errorCode, reason, malformed, sentUs }: FailedExchange,
  { deadlineMs, answerName, secrets }: Pick<FailureLogJob, 'deadlineMs' | 'answerName' | 'secrets'>,
): string {
  if (end === 'malformed') {
    const received = bodyExcerpt(malformed ?? new Uint8Array(0), { secrets, limit: 120 })
    return `not ${answerName}: ${response.problem}; received ${received}`
  }
  if (reason !== undefined) {
    const said = printableText(maskSecrets(reason, secrets))
    return Number.isNaN(sentUs) ? `could not connect: ${said}` : said
  }
  if (end === 'timeout')
    return response.untouched
      ? `no answer within ${deadlineMs} ms`
      : `the answer was incomplete after ${deadlineMs} ms`
  const code = errorCode === undefined ? '' : ` (${errorCode})`
  if (Number.isNaN(sentUs)) return `could not connect${code}`
  return response.untouched
    ? `the connection was closed before the answer${code}`
    : `the connection was closed in the middle of the answer${code}`
}
