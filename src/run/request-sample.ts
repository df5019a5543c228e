/** One finished request as the load thread knows it; reused from request to request, so nothing may keep it. */
export interface RequestSample {
  request: number
  /** Index into `phases`. */
  phase: number
  /** Index into `outcomes`. */
  outcome: number
  status: number
  frames: number
  firstFrame: number
  client: number
  dueUs: number
  sentUs: number
  answeredUs: number
  connectUs: number
  bodyBytes: number
  answerBytes: number
  answerDeviation: number
  /** The 16 bytes of the server's UUID as four words in memory order; all 0 where there was none. */
  serverRequestId: Uint32Array
}
