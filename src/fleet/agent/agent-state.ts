import type { JobMessage } from '../message/job-message.js'
import type { RequestOf, Reply } from '../message/requests.js'
import { thisProtocol } from '../message/parse-message.js'
import type { Verb } from '../message/subjects.js'
import { describeAllowed, isAllowed, type AllowedAddresses } from './allowed-address.js'

/*
 * What an agent does, as a state machine. Every state but the first has the job of one measurement.
 *
 *   waiting ─job─► preparing ─► ready ─start─► loading ─► draining ─release─► delivering ─► waiting
 *
 * `stop` leads from each of them to `delivering`, and so does a load that fails or ends by itself.
 */

interface StateWaiting {
  kind: 'waiting'
}

/** Fetches the payload, finds the server, makes the load threads. Left when all threads can send. */
interface StatePreparing {
  kind: 'preparing'
  job: JobMessage
}

/** Waits for the start. Left by `start`, and by itself if there is none. */
interface StateReady {
  kind: 'ready'
  job: JobMessage
}

/** The start is agreed. Left when no request of the window is open any more. */
interface StateLoading {
  kind: 'loading'
  job: JobMessage
  startUs: number
}

/** Its load goes on for the other agents. Left by `release`, and by itself after a while. */
interface StateDraining {
  kind: 'draining'
  job: JobMessage
  startUs: number
}

/** The load is ending or has ended. Left when its samples are in the stream. */
interface StateDelivering {
  kind: 'delivering'
  job: JobMessage
}

export type AgentState =
  StateWaiting | StatePreparing | StateReady | StateLoading | StateDraining | StateDelivering

/** A request that was parsed. */
export type AgentRequest = { [V in Exclude<Verb, 'clock'>]: { verb: V; message: RequestOf<V> } }[Exclude<
  Verb,
  'clock'
>]

/** What an agent knows when it decides. */
export interface AgentFacts {
  name: string
  id: string
  allowed: AllowedAddresses
  nowUs: number
  /** Why this agent does not send a variable that a job names; undefined if it sends all of them. */
  refuseVariables: (endpoint: JobMessage['endpoint']) => string | undefined
  /** Measurements that this process took part in. */
  isFinished: (measurement: string) => boolean
  /** Measurements whose samples are kept here. */
  isKept: (measurement: string) => boolean
}

/**
 * What is to be done about a request. A repeated request is accepted again, and nothing is done. `busy`: the same request
 * may be accepted later. `late`: one with a later start may be.
 */
export type Decision =
  | { refused: string; busy?: true; late?: true }
  | { act?: AgentAction | undefined; next?: AgentState | undefined }

export type AgentAction =
  | { kind: 'prepare'; job: JobMessage }
  | { kind: 'start'; startUs: number }
  | { kind: 'release' }
  | { kind: 'stop' }
  | { kind: 'forget'; measurement: string }
  | { kind: 'deliver'; measurement: string; attempt: number }

const nothing: Decision = {}

/** Decides about a request. Everything that is not expected in this state is refused. */
export function decide(state: AgentState, request: AgentRequest, facts: AgentFacts): Decision {
  if (request.message.agentId !== facts.id) return { refused: 'meant for another process than this agent' }
  switch (request.verb) {
    case 'job':
      return decideJob(state, request.message, facts)
    case 'start':
      return decideStart(state, request.message, facts)
    case 'received':
      return facts.isKept(request.message.measurement)
        ? { act: { kind: 'forget', measurement: request.message.measurement } }
        : nothing
    case 'deliver': {
      const { measurement, attempt } = request.message
      if (!facts.isKept(measurement)) return { refused: 'no samples of this measurement are here' }
      return { act: { kind: 'deliver', measurement, attempt } }
    }
    case 'release':
    case 'stop':
      return decideEnd(state, request.verb, request.message.measurement, facts)
  }
}

function decideJob(state: AgentState, job: JobMessage, facts: AgentFacts): Decision {
  if (job.agent !== facts.name) return { refused: 'a job for another agent' }
  if (state.kind !== 'waiting' && state.job.measurement === job.measurement) return nothing
  if (facts.isFinished(job.measurement)) return { refused: 'a measurement that is already finished' }
  if (!isAllowed(job.endpoint, facts.allowed)) {
    const allowed = describeAllowed(facts.allowed).join(', ')
    return { refused: `this agent may not send to that address; it was started with --allow for: ${allowed}` }
  }
  const refused = facts.refuseVariables(job.endpoint)
  if (refused !== undefined) return { refused }
  // Last, because what is refused for good need not wait for the end of another measurement.
  if (state.kind !== 'waiting') return { refused: 'this agent is measuring', busy: true }
  return { act: { kind: 'prepare', job }, next: { kind: 'preparing', job } }
}

/** A start further ahead is a mistake of clocks. */
const mostAheadUs = 60e6

function decideStart(
  state: AgentState,
  { measurement, startUs }: RequestOf<'start'>,
  { nowUs }: AgentFacts,
): Decision {
  if (state.kind === 'waiting' || state.job.measurement !== measurement) return { refused: unknown }
  if (state.kind === 'loading' || state.kind === 'draining')
    return state.startUs === startUs ? nothing : { refused: 'the load has another start' }
  if (state.kind !== 'ready') return { refused: `not ready: ${state.kind}` }
  if (startUs <= nowUs) return { refused: 'the start has passed', late: true }
  if (startUs > nowUs + mostAheadUs) return { refused: 'the start is more than a minute ahead' }
  return { act: { kind: 'start', startUs }, next: { kind: 'loading', job: state.job, startUs } }
}

const unknown = 'this agent does not have that measurement'

function decideEnd(
  state: AgentState,
  verb: 'release' | 'stop',
  measurement: string,
  { isFinished }: AgentFacts,
): Decision {
  const isCurrent = state.kind !== 'waiting' && state.job.measurement === measurement
  if (!isCurrent) return isFinished(measurement) ? nothing : { refused: unknown }
  if (state.kind === 'delivering') return nothing
  if (verb === 'release' && state.kind !== 'draining') return { refused: `not drained: ${state.kind}` }
  return { act: { kind: verb }, next: { kind: 'delivering', job: state.job } }
}

/** The answer to a request. */
export function replyTo(decision: Decision): Reply {
  return 'refused' in decision
    ? { ...thisProtocol, refused: decision.refused, busy: decision.busy, late: decision.late }
    : { ...thisProtocol, accepted: true }
}
