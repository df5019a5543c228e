import { outcomes, Phase, type OutcomeName } from '../run/record.js'
import type { Fold } from './fold.js'

/** Frames of the measured phase by outcome. */
export interface FrameCounts {
  scheduled: number
  byOutcome: Record<OutcomeName, number>
}

/**
 * Camera load: frames captured in the measured phase. Closed load captures nothing: frames of the requests that were
 * due in it. Throws if the counts do not add up, which is a bug in Framestorm.
 */
export function countFrames(): Fold<FrameCounts> {
  const captured = tally()
  const inRequests = tally()
  let isCamera = false
  return {
    add({ requests, frames }) {
      if (frames.count > 0) isCamera = true
      for (let i = 0; i < frames.count; i++)
        if (frames.phase[i] === Phase.measured) captured.count(frames.outcome[i]!, 1)
      if (isCamera) return
      for (let i = 0; i < requests.count; i++)
        if (requests.phase[i] === Phase.measured) inRequests.count(requests.outcome[i]!, requests.frames[i]!)
    },
    result: () => (isCamera ? captured : inRequests).counts(),
  }
}

function tally() {
  const frames = new Float64Array(256)
  return {
    count(outcome: number, number: number) {
      frames[outcome]! += number
    },
    counts(): FrameCounts {
      const byOutcome = noFrames()
      for (const [outcome, name] of outcomes.entries()) byOutcome[name] = frames[outcome]!
      const scheduled = frames.reduce((sum, number) => sum + number, 0)
      const accounted = outcomes.reduce((sum, outcome) => sum + byOutcome[outcome], 0)
      if (accounted !== scheduled)
        throw new Error(`${scheduled} frames were scheduled but ${accounted} accounted for`)
      return { scheduled, byOutcome }
    },
  }
}

/** The counts of several measurements together. */
export function addFrameCounts(parts: readonly FrameCounts[]): FrameCounts {
  const byOutcome = noFrames()
  for (const part of parts) for (const outcome of outcomes) byOutcome[outcome] += part.byOutcome[outcome]
  return { scheduled: parts.reduce((sum, { scheduled }) => sum + scheduled, 0), byOutcome }
}

function noFrames(): FrameCounts['byOutcome'] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- one entry for each outcome
  return Object.fromEntries(outcomes.map((outcome) => [outcome, 0])) as FrameCounts['byOutcome']
}

/** Frames that failed, as a share of those scheduled; undefined if no frame was scheduled. */
export function errorRate({ scheduled, byOutcome }: FrameCounts): number | undefined {
  return scheduled === 0 ? undefined : 1 - byOutcome.ok / scheduled
}

/** `8 http-error, 2 dropped` */
export function formatFailures({ byOutcome }: FrameCounts): string {
  return outcomes
    .filter((outcome) => outcome !== 'ok' && byOutcome[outcome] > 0)
    .map((outcome) => `${byOutcome[outcome]} ${outcome}`)
    .join(', ')
}
