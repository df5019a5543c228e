import { randomBytes } from 'node:crypto'
import { basename } from 'node:path'
import type { LoadJob } from '../../load/load-job.js'
import type { LoadResult } from '../../load/control/load-result.js'
import type { RunLoadOptions } from '../../load/run-load.js'
import type { FleetClocks } from './fleet-clocks.js'
import type { FleetLink } from './fleet-link.js'
import { dropSamples, finishLoad } from './finish-load.js'
import type { Part } from './fleet-result.js'
import { measureTogether, type AttemptSettings, type Member } from './measure-together.js'

/** A start that is agreed later each time is missed only by an agent that is hardly reachable. */
const mostStartsMissed = 3

/**
 * Lets agents send a load, again if one of them was too busy with its number of load threads, or heard of the start too late.
 *
 * @throws UserError if an agent could not send its part
 */
export async function measureWithAgents(
  reached: { link: FleetLink; clocks: FleetClocks },
  job: LoadJob,
  members: readonly Member[],
  { onRestart, ...options }: RunLoadOptions & { onStatus: (text: string) => void },
): Promise<LoadResult> {
  let settings: AttemptSettings = { members, startsMissed: 0 }
  for (;;) {
    const measurement = nameOfMeasurement(job)
    const attempt = await measureTogether(reached, job, settings, { measurement, ...options })
    const next = options.signal.aborted ? undefined : nextAttempt(settings, attempt.parts)
    if (next === undefined) return finishLoad(reached, job, attempt)
    options.onStatus(describeRestart(attempt.parts, settings))
    await dropSamples(reached.link, attempt)
    await onRestart?.()
    settings = next
  }
}

/**
 * What to try next: the same agents with more load threads where one was too busy, or with a later start. Undefined if the
 * attempt is the result, or something worse happened.
 */
export function nextAttempt(
  { members, startsMissed }: AttemptSettings,
  parts: readonly Part[],
): AttemptSettings | undefined {
  if (parts.some(({ state }) => state === 'lost') || parts.some(isFailure)) return undefined
  if (parts.some(({ missedStart }) => missedStart === true))
    return startsMissed === mostStartsMissed ? undefined : { members, startsMissed: startsMissed + 1 }
  if (!parts.some(({ state }) => state === 'too-busy')) return undefined
  const withThreads = members.map((member, i) => {
    const end = parts[i]?.end
    if (end?.kind !== 'too-busy' || typeof member.threads === 'number') return member
    return { ...member, threads: { ...member.threads, atFirst: end.threads } }
  })
  return { members: withThreads, startsMissed }
}

/** An agent that ended only because the others were stopped explains nothing. */
function isFailure({ state, isConsequence }: Part): boolean {
  return state === 'failed' && isConsequence !== true
}

function describeRestart(parts: readonly Part[], { members }: AttemptSettings): string {
  const missed = parts.find(({ missedStart }) => missedStart === true)
  if (missed !== undefined)
    return `agent ${missed.agent.name} heard of the start too late; all agents start again`
  const changes = parts.flatMap(({ agent, end }, i) => {
    if (end?.kind !== 'too-busy') return []
    const threads = members[i]?.threads
    const before = typeof threads === 'number' ? threads : (threads?.atFirst ?? 1)
    // A token that was refused also needs a new start.
    return end.threads > before
      ? [`agent ${agent.name} needs ${end.threads} load threads`]
      : [`agent ${agent.name} has a new token`]
  })
  return `${changes.join(', ')}; all agents start again`
}

/** Unique, so that an agent can refuse a repeated job; and it says to a person what was measured. */
function nameOfMeasurement({ sampleFile }: LoadJob): string {
  const name = basename(sampleFile, '.bin')
    .replaceAll(/[^\w-]/g, '-')
    .slice(0, 48)
  return `${name}-${randomBytes(4).toString('hex')}`
}
