import type { Plan, Point } from '../plan/plan.js'
import type { RunningServer } from '../server/running-server.js'
import type { Clip } from '../video/clip.js'
import { collectReferenceAnswers, type ReferenceAnswers } from './reference-answers.js'

/** Reference answers are asked for once for each server and clip, which the plan keeps together. */
export interface ReferenceSlot {
  referencesFor: (point: Point, server: RunningServer, clip: Clip) => Promise<ReferenceAnswers>
}

export function createReferenceSlot(plan: Plan, signal: AbortSignal): ReferenceSlot {
  let held: { server: RunningServer; clip: Clip; references: ReferenceAnswers } | undefined
  return {
    async referencesFor(point, server, clip) {
      if (held?.server !== server || held.clip !== clip) {
        const references = await collectReferenceAnswers(
          { server, clip, plan, point },
          { deadlineMs: Math.max(point.measure.deadlineMs, 30_000), signal },
        )
        held = { server, clip, references }
      }
      return held.references
    },
  }
}
