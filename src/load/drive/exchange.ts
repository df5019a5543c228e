import { nowUs } from '../../system/now-us.js'
import type { AnswerJudge } from '../answer/answer-judge.js'
import { Connection, type ConnectionSettings, type RequestEnd } from '../http/connection.js'
import type { RequestGatherer } from '../http/request-gatherer.js'
import type { Recorder } from './recorder.js'

/** What a driver must know of a request to be told its end; `R` of `Connection`. */
export interface Sent {
  request: number
  client: number
  dueUs: number
  clipFrames: readonly number[]
  bodyBytes: number
}

/** What both drivers share: connections that report into the same samples. */
export interface Exchange<R extends Sent> {
  open(): Connection<R>
  /** Sends on an idle connection. */
  send(connection: Connection<R>, sent: R): void
}

export interface ExchangeParts {
  settings: ConnectionSettings
  gatherer: RequestGatherer
  judge: AnswerJudge
  recorder: Recorder
  /** The start on the shared clock, filled in when it is known. */
  start: { us: number }
}

/** `onEnd` is called after the request was recorded, with its outcome and the time of its end. */
export function createExchange<R extends Sent>(
  parts: ExchangeParts,
  onEnd: (connection: Connection<R>, sent: R, outcome: number, atUs: number) => void,
): Exchange<R> {
  const { settings, gatherer, judge, recorder, start } = parts
  const { sample } = recorder

  function ended(connection: Connection<R>, sent: R, end: RequestEnd): void {
    const { response } = connection
    const answered = end === 'answered' || end === 'not-http'
    const verdict = judge(end, response.head.status, response.body, sent.clipFrames)
    sample.request = sent.request
    sample.outcome = verdict.outcome
    sample.status = answered ? response.head.status : 0
    sample.frames = sent.clipFrames.length
    sample.firstFrame = sent.clipFrames[0]!
    sample.client = sent.client
    sample.dueUs = sent.dueUs
    sample.sentUs = connection.sentUs - start.us
    sample.answeredUs = end === 'answered' ? connection.answeredUs - start.us : Number.NaN
    sample.connectUs = connection.connectUs
    sample.bodyBytes = sent.bodyBytes
    sample.answerBytes = answered ? response.bodyBytes : 0
    sample.answerDeviation = verdict.deviation
    sample.serverRequestId = response.head.serverRequestId
    const { outcome } = verdict
    recorder.requestEnded()
    onEnd(connection, sent, outcome, end === 'answered' ? sample.answeredUs : nowUs() - start.us)
  }

  return {
    open: () => new Connection<R>(settings, ended),
    send(connection, sent) {
      sent.bodyBytes = gatherer.gather(sent.clipFrames, connection.fragments)
      recorder.requestBegun()
      connection.begin(sent)
    },
  }
}
