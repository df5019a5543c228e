import { restartKey } from '../scenario/plan/order-measurements.js'
import type { Plan, Point } from '../scenario/plan/plan.js'
import type { RunningServer } from '../server/running-server.js'
import type { Clip } from '../frames/video/clip.js'
import { collectReferenceAnswers, type ReferenceAnswers } from './reference-answers.js'

/**
 * Reference answers are asked for once for each server and clip, which the plan keeps together; and once more at the
 * first point that joins requests to batches, because only there their noise shows. A new process of the same server
 * is held against the answers of the first: it has to give the same.
 */
export interface ReferenceSlot {
  referencesFor: (point: Point, server: RunningServer, clip: Clip) => Promise<ReferenceAnswers>
}

export function createReferenceSlot(plan: Plan, signal: AbortSignal): ReferenceSlot {
  let held: { key: string; batched: boolean; references: ReferenceAnswers } | undefined
  return {
    async referencesFor(point, server, clip) {
      const key = restartKey(point)
      const batches = point.batching.serverBatchSize > 1
      if (held?.key !== key || (batches && !held.batched)) {
        const references = await collectReferenceAnswers(
          { server, clip, plan, point },
          { deadlineMs: Math.max(point.measure.deadlineMs, 30_000), signal },
        )
        held = { key, batched: batches, references }
      }
      return held.references
    },
  }
}
