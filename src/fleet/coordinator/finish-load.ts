import type { LoadResult } from '../../load/control/load-result.js'
import type { LoadJob } from '../../load/load-job.js'
import { mergeSampleFiles } from '../../run/merge-sample-files.js'
import { openSamples } from '../../run/read-samples.js'
import { Phase } from '../../run/record.js'
import { ExitCode, UserError } from '../../system/user-error.js'
import { thisProtocol } from '../message/parse-message.js'
import type { FleetClocks } from './fleet-clocks.js'
import type { FleetLink } from './fleet-link.js'
import { fleetResult, type Part } from './fleet-result.js'
import type { Attempt } from './measure-together.js'
import { plannedFrames } from './planned-frames.js'

type Reached = { link: FleetLink; clocks: FleetClocks }

/**
 * Makes one measurement of what the agents measured: their samples become one file, and their results one result.
 *
 * @throws UserError if an agent could not send its part: its error. What the others measured is in the sample file
 */
export async function finishLoad(
  { link, clocks }: Reached,
  job: LoadJob,
  { measurement, parts, startedAt, startedClockUs }: Attempt,
): Promise<LoadResult> {
  const present = parts.filter(({ state }) => state !== 'lost')
  await Promise.all(present.map(({ agent }) => clocks.probe(agent)))
  const files = parts.flatMap(({ sampleFile }) => (sampleFile === undefined ? [] : [sampleFile]))
  for (const part of parts) {
    const windowEndUs = part.end?.kind === 'ended' ? part.end.result.windowEndUs : 0
    part.clock = clocks.duringLoad(part.agent, startedClockUs, startedClockUs + windowEndUs)
    part.framesPlanned = plannedFrames(job, part.slice)
    if (part.sampleFile !== undefined) part.framesScheduled = countMeasuredFrames(part.sampleFile, job)
  }
  await mergeSampleFiles(files, job.sampleFile)
  await dropSamples(link, { measurement, parts })
  const failed = parts.find(
    ({ state, isConsequence, missedStart }) =>
      missedStart === true || (state === 'failed' && isConsequence !== true),
  )
  // An agent that was lost explains why others failed, and is part of the result.
  if (failed !== undefined && !parts.some(({ state }) => state === 'lost')) throw failureOf(failed)
  return fleetResult(parts, { startedAt, startedClockUs })
}

/** Tells the agents that their samples are not needed any more, and removes the copies of this machine. */
export async function dropSamples(
  link: FleetLink,
  { measurement, parts }: Pick<Attempt, 'measurement' | 'parts'>,
): Promise<void> {
  const until = Date.now() + receivedMs
  await Promise.all(
    parts.map(async ({ agent, sampleFile }) => {
      if (sampleFile === undefined) return
      const message = { ...thisProtocol, agentId: agent.id, measurement }
      await link.ask(agent, 'received', message, () => Date.now() > until)
      await link.receiver.remove(measurement, agent.name)
    }),
  )
  await link.forget()
}

/** An agent that is gone keeps its copy, and delivers it again when it is back. */
const receivedMs = 5000

/** Frames captured in the measured phase, or in a closed load, which captures nothing, those of its requests. */
function countMeasuredFrames(file: string, { load }: LoadJob): number {
  let count = 0
  for (const { requests, frames } of openSamples(file).parts('sentUs')) {
    if (load.kind === 'closed')
      for (let row = 0; row < requests.count; row++)
        count += requests.phase[row] === Phase.measured ? requests.frames[row]! : 0
    else for (let row = 0; row < frames.count; row++) count += frames.phase[row] === Phase.measured ? 1 : 0
  }
  return count
}

function failureOf({ agent, end, refused, missedStart }: Part): UserError {
  const who = `agent ${agent.name}`
  if (missedStart === true)
    return new UserError(`${who} did not hear of the start in time`, {
      where: who,
      expected: 'a connection over which a message takes less than a few seconds',
      remedy: 'Check the connection between this agent and the broker, and resume the run.',
      exitCode: ExitCode.environment,
      resumable: true,
    })
  if (end?.kind === 'failed') {
    const { message, parts } = end
    return new UserError(message, {
      ...parts,
      where: parts.where === undefined ? who : `${who}: ${parts.where}`,
    })
  }
  return new UserError(`${who} does not take the load`, {
    where: who,
    received: refused ?? 'no reason',
    remedy: 'Start the agent again with what is missing, and resume the run.',
    exitCode: ExitCode.environment,
    resumable: true,
  })
}
