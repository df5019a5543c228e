import { outcomes, Phase, type MeasurementSamples, type OutcomeName } from '../run/record.js'

/** Frames of the measured phase by outcome. */
export interface FrameCounts {
  scheduled: number
  byOutcome: Record<OutcomeName, number>
}

/**
 * Camera load: frames captured in the measured phase. Closed load captures nothing: frames of the requests that were
 * due in it. Throws if the counts do not add up, which is a bug in Framestorm.
 */
export function countFrames({ requests, frames }: MeasurementSamples): FrameCounts {
  const byOutcome = noFrames()
  let scheduled = 0
  const count = (outcome: number, frames: number) => {
    scheduled += frames
    const name = outcomes[outcome]
    if (name !== undefined) byOutcome[name] += frames
  }
  if (frames.count > 0) {
    for (let i = 0; i < frames.count; i++)
      if (frames.phase[i] === Phase.measured) count(frames.outcome[i]!, 1)
  } else {
    for (let i = 0; i < requests.count; i++)
      if (requests.phase[i] === Phase.measured) count(requests.outcome[i]!, requests.frames[i]!)
  }
  const accounted = outcomes.reduce((sum, outcome) => sum + byOutcome[outcome], 0)
  if (accounted !== scheduled)
    throw new Error(`${scheduled} frames were scheduled but ${accounted} accounted for`)
  return { scheduled, byOutcome }
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
