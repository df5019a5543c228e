import type { MeasurementSamples, Outcome } from '../samples/sample-columns.js'
import { outcomes, phases } from '../samples/sample-columns.js'

const measured = phases.indexOf('measured')

/** Frames of the measured phase by what became of them. */
export interface FrameCounts {
  scheduled: number
  byOutcome: Record<Outcome, number>
}

/**
 * Camera load counts frames captured in the measured phase; closed load, where nothing is captured, the frames
 * of the requests that were due in it. Throws where they do not add up: that is a bug of ours.
 */
export function countFrames({ requests, frames }: MeasurementSamples): FrameCounts {
  const counts = new Array<number>(outcomes.length).fill(0)
  let scheduled = 0
  const count = (outcome: number, frames: number) => {
    scheduled += frames
    counts[outcome] = (counts[outcome] ?? 0) + frames
  }
  if (frames.count > 0) {
    for (let i = 0; i < frames.count; i++) if (frames.phase[i] === measured) count(frames.outcome[i]!, 1)
  } else {
    for (let i = 0; i < requests.count; i++)
      if (requests.phase[i] === measured) count(requests.outcome[i]!, requests.frames[i]!)
  }
  const byOutcome = Object.fromEntries(
    outcomes.map((outcome, i) => [outcome, counts[i]!]),
  ) as FrameCounts['byOutcome']
  const accounted = outcomes.reduce((sum, outcome) => sum + byOutcome[outcome], 0)
  if (accounted !== scheduled)
    throw new Error(`${scheduled} frames were scheduled but ${accounted} accounted for`)
  return { scheduled, byOutcome }
}

/** Frames that got no good answer, as a share of those scheduled; undefined where none was. */
export function errorRate({ scheduled, byOutcome }: FrameCounts): number | undefined {
  return scheduled === 0 ? undefined : 1 - byOutcome.ok / scheduled
}
