import type { Plan, Point } from '../plan/plan.js'
import type { RunningServer } from '../server/running-server.js'
import type { Clip } from '../video/clip.js'
import { collectReferenceAnswers, type ReferenceAnswers } from './reference-answers.js'

/**
 * Reference answers are asked for once for each server and clip, which the plan keeps together; and once more at the
 * first point that joins requests to batches, because only there their noise shows.
 */
export interface ReferenceSlot {
  referencesFor: (point: Point, server: RunningServer, clip: Clip) => Promise<ReferenceAnswers>
}

export function createReferenceSlot(plan: Plan, signal: AbortSignal): ReferenceSlot {
  let held: { server: RunningServer; clip: Clip; batched: boolean; references: ReferenceAnswers } | undefined
  return {
    async referencesFor(point, server, clip) {
      const batches = point.batching.serverBatchSize > 1
      if (held?.server !== server || held.clip !== clip || (batches && !held.batched)) {
        const references = await collectReferenceAnswers(
          { server, clip, plan, point },
          { deadlineMs: Math.max(point.measure.deadlineMs, 30_000), signal },
        )
        held = { server, clip, batched: batches, references }
      }
      return held.references
    },
  }
}
