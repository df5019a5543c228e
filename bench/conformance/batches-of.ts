import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { HandlerTimes } from '../../src/run/read-server-batches.js'
import type { Answer } from './call-server.js'
import type { Target } from './target.js'

export interface LoggedBatch {
  /** Indices of its requests among the given answers, in the order of the batch. */
  members: number[]
  handler: HandlerTimes
  /** When each of them joined the queue. The embedded server logs it, TorchServe does not. */
  arrivedUs?: number[] | undefined
}

const patienceMs = 10_000

/** The batches of these answers from the log, in the order in which the handler was entered. */
export async function batchesOf(target: Target, answers: (Answer | undefined)[]): Promise<LoggedBatch[]> {
  const ids = answers.map((answer) => answer?.headers.get('x-request-id') ?? '')
  for (const until = Date.now() + patienceMs; ; await sleep(20)) {
    const batches = (await target.batches()).filter(({ requestIds }) =>
      requestIds.some((id) => ids.includes(id)),
    )
    const logged = new Set(batches.flatMap(({ requestIds }) => requestIds))
    if (ids.every((id) => logged.has(id))) {
      return batches
        .map(({ requestIds, handler, queue }) => {
          assert.ok(handler !== undefined, 'the log has a batch without its handler’s times')
          return { members: requestIds.map((id) => ids.indexOf(id)), handler, arrivedUs: queue?.arrivedUs }
        })
        .toSorted((a, b) => a.handler.entryUs - b.handler.entryUs)
    }
    assert.ok(Date.now() < until, 'the log does not have all answers')
  }
}
