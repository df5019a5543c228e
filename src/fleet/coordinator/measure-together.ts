import { setTimeout as sleep } from 'node:timers/promises'
import type { LoadProgress } from '../../load/control/watch-progress.js'
import type { LoadJob } from '../../load/load-job.js'
import type { LoadSlice } from '../../load/load-slice.js'
import { nowUs } from '../../system/now-us.js'
import type { AgentEvent, Delivery } from '../message/events.js'
import { jobToMessage, type SlicedJob } from '../message/job-message.js'
import { thisProtocol } from '../message/parse-message.js'
import type { Announcement } from '../message/announcement.js'
import type { Part } from './fleet-result.js'
import type { FleetClocks } from './fleet-clocks.js'
import type { FleetLink } from './fleet-link.js'
import { describeWait, sumProgress, type LatestProgress } from './fleet-progress.js'
import { isLastState, nextStep, type LoadState } from './next-step.js'
import { lostReason } from './presence.js'

/** An agent, its part of the load, and its number of load threads. */
export interface Member {
  agent: Announcement
  slice: LoadSlice
  threads: LoadJob['threads']
}

/** What an attempt begins with. */
export interface AttemptSettings {
  members: readonly Member[]
  /** How many times the start passed before an agent heard of it. */
  startsMissed: number
}

export interface TogetherOptions {
  /** Name of this attempt, unique among all runs. */
  measurement: string
  signal: AbortSignal
  onStatus: (text: string) => void
  onProgress?: ((progress: LoadProgress) => void) | undefined
}

/** One attempt of all agents: what each of them did, and when they began, on the clock of this process. */
export interface Attempt {
  measurement: string
  parts: Part[]
  startedAt: string
  startedClockUs: number
}

const pollMs = 100
/** A shorter wait is not worth a line. */
const quietMs = 2000
/** An agent that is still ending the load before is busy for a moment. */
const busyMs = 30_000
const mostRedeliveries = 3
/** The samples of ten minutes over a thin link. */
const redeliveryMs = 600_000

/**
 * Lets each agent send its part of a load. Returns when all have ended and what they measured is in files of this machine.
 *
 * @throws UserError (exit code 2) if the job cannot be sent to agents
 */
export async function measureTogether(
  { link, clocks }: { link: FleetLink; clocks: FleetClocks },
  job: LoadJob,
  { members, startsMissed }: AttemptSettings,
  { measurement, signal, onStatus, onProgress }: TogetherOptions,
): Promise<Attempt> {
  const blobs = await link.putPayload(job, signal)
  const messages = members.map(({ agent, slice, threads }) => {
    const sliced: SlicedJob = { ...job, slice, threads }
    const address = { agent: agent.name, agentId: agent.id, run: link.run, measurement }
    return jobToMessage(sliced, address, blobs)
  })
  const parts: Part[] = members.map(({ agent, slice }) => ({ agent, slice, state: 'asked' }))
  const latest = new Map<string, LatestProgress>()
  const start = { startedAt: new Date().toISOString(), startedClockUs: nowUs() }
  const over = new AbortController()
  let load: LoadState = 'preparing'
  let waitedFor = { what: '', sinceMs: 0 }
  let wake = () => {}

  const partOf = ({ agent, agentId }: Pick<AgentEvent, 'agent' | 'agentId'>) =>
    parts.find((part) => part.agent.name === agent && part.agent.id === agentId)
  const listening = link.listen(measurement, {
    onEvent(event) {
      const part = partOf(event)
      if (part === undefined) return false
      hear(part, event, load)
      wake()
      return true
    },
    onProgress({ agent, progress }) {
      latest.set(agent, { progress, heardMs: Date.now() })
      const sum = sumProgress([...latest.values()], Date.now())
      if (sum !== undefined) onProgress?.(sum)
    },
  })

  /** Repeats a request until the agent answers it, or has said its last words. */
  async function tell(
    part: Part,
    verb: 'job' | 'start' | 'release' | 'stop',
    request: object,
  ): Promise<void> {
    const { agent } = part
    const message = { ...thisProtocol, agentId: agent.id, measurement, ...request }
    const isOver = () => over.signal.aborted || isLastState(part.state)
    const until = Date.now() + busyMs
    for (;;) {
      const answer = await link.ask(agent, verb, message, isOver)
      if (answer === undefined || 'accepted' in answer || isOver()) return
      if (answer.busy === true && Date.now() < until) {
        await sleep(pollMs)
        continue
      }
      // It is ready still, and is told to stop with the others.
      if (answer.late === true) part.missedStart = true
      // What it refuses at the end it has done already, or it says so by an event.
      else if (verb === 'job' || verb === 'start')
        Object.assign(part, { state: 'failed', refused: answer.refused })
      wake()
      return
    }
  }
  const tellAll = (verb: 'release' | 'stop') => {
    for (const part of parts) if (!isLastState(part.state)) void tell(part, verb, {})
  }

  async function startAll(): Promise<void> {
    const startUs = clocks.chooseStart(
      parts.map(({ agent }) => agent),
      startsMissed,
    )
    start.startedClockUs = startUs
    start.startedAt = new Date(Date.now() + (startUs - nowUs()) / 1000).toISOString()
    await Promise.all(
      parts.map((part) => tell(part, 'start', { startUs: clocks.onAgent(part.agent, startUs) ?? startUs })),
    )
  }

  /** The samples of an agent, which sends them again if some did not arrive. */
  async function collect(part: Part): Promise<void> {
    const { agent } = part
    for (let attempt = 0; ; attempt++) {
      const delivery = deliveryOf(part)
      if (delivery === undefined) return
      if (await link.receiver.isWhole(measurement, agent.name, delivery)) {
        part.sampleFile = link.receiver.file(measurement, agent.name)
        return
      }
      const until = Date.now() + redeliveryMs
      const isOver = () => Date.now() > until || (deliveryOf(part)?.attempt ?? 0) > attempt
      if (attempt === mostRedeliveries) break
      const again = { ...thisProtocol, agentId: agent.id, measurement, attempt: attempt + 1 }
      await link.ask(agent, 'deliver', again, isOver)
      while (!isOver()) await sleep(pollMs)
    }
    Object.assign(part, { state: 'lost', lost: 'its samples did not arrive' })
  }

  const watching = clocks.watch(parts.map(({ agent }) => agent))
  try {
    for (const [index, part] of parts.entries()) void tell(part, 'job', messages[index]!)
    await Promise.all(parts.map(({ agent }) => clocks.probe(agent)))
    for (;;) {
      for (const part of parts) {
        const lost = isLastState(part.state)
          ? undefined
          : lostReason(link.presence(part.agent), Date.now(), link.reachableSinceMs())
        if (lost === undefined) continue
        Object.assign(part, { state: 'lost', lost })
        onStatus(`agent ${part.agent.name} was lost: ${lost}; the load ends`)
      }
      const step = nextStep(
        parts.map(({ state }) => state),
        load,
        signal.aborted || parts.some(({ missedStart }) => missedStart === true),
      )
      if (step === 'finish') break
      const what = describeWait(parts, load)
      if (what !== waitedFor.what) waitedFor = { what, sinceMs: Date.now() }
      if (what !== '' && Date.now() - waitedFor.sinceMs > quietMs) {
        onStatus(what)
        waitedFor.sinceMs = Number.POSITIVE_INFINITY
      }
      if (step === 'start') {
        load = 'running'
        void startAll()
      } else if (step === 'release' || step === 'stop') {
        load = step === 'release' ? 'released' : 'stopped'
        tellAll(step)
      }
      await Promise.race([new Promise<void>((resolve) => (wake = resolve)), sleep(pollMs)])
    }
    await Promise.all(parts.map((part) => collect(part)))
  } finally {
    over.abort()
    watching.stop()
    listening.stop()
  }
  return { measurement, parts, ...start }
}

function hear(part: Part, event: AgentEvent, load: LoadState): void {
  switch (event.kind) {
    case 'ready':
      if (part.state === 'asked') part.state = 'ready'
      break
    case 'drained':
      if (!isLastState(part.state)) part.state = 'drained'
      break
    case 'ended':
    case 'failed':
    case 'too-busy':
      // Samples that were sent again are announced again.
      if (isLastState(part.state) && part.end?.kind !== event.kind) break
      part.isConsequence ??= load === 'stopped'
      part.state = event.kind
      part.end = event
      break
    case 'recovered':
      break
  }
}

function deliveryOf({ end }: Part): Delivery | undefined {
  return end === undefined || end.kind === 'too-busy' ? undefined : end.delivery
}
