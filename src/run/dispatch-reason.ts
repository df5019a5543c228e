import { dispatchReasons } from '../batching/batch.js'

/** What a log or its analysis can say: the real server also cuts a batch before a DESCRIBE (`customized=true`). */
export const loggedReasons = [...dispatchReasons, 'before-describe'] as const
export type DispatchReason = (typeof loggedReasons)[number]

export interface BatchEvidence {
  /** Requests in the batch, those of other clients included. */
  requestsFormed: number
  serverBatchSize: number
  maxBatchDelayMs?: number
  /** As the server told it; it needs no guess then. */
  told?: DispatchReason
  /** The earliest that its first request can have been taken from the queue, µs. */
  earliestPopUs?: number
  /** The latest that it can have left: the handler was entered, or the answer there less the handler's time, µs. */
  latestDispatchUs?: number
}

/** TorchServe counts in whole ms of the wall clock, so a delay can be that much shorter than asked. */
const slackUs = 2000

/**
 * Why a batch left when it did. By its size alone a partial batch was sent by the delay; but TorchServe also cuts a
 * batch before a DESCRIBE that shares its queue, and such a batch shows by having left before the delay can have
 * passed. Pure.
 */
export function dispatchReason(evidence: BatchEvidence): DispatchReason {
  const { requestsFormed, serverBatchSize, maxBatchDelayMs, told } = evidence
  if (told !== undefined) return told
  if (requestsFormed >= serverBatchSize) return 'full'
  if (maxBatchDelayMs === undefined) return 'delay'
  if (maxBatchDelayMs <= 0) return 'no-delay'
  const { earliestPopUs = Number.NaN, latestDispatchUs = Number.NaN } = evidence
  const waitedAtMostUs = latestDispatchUs - earliestPopUs
  return waitedAtMostUs < maxBatchDelayMs * 1000 - slackUs ? 'before-describe' : 'delay'
}
