import type { Msg } from '@nats-io/transport-node'
import { nowUs } from '../../system/now-us.js'
import { messageOf } from '../../system/user-error.js'
import type { Broker } from '../broker/connect-broker.js'
import type { Announcement } from '../message/announcement.js'
import type { JobMessage } from '../message/job-message.js'
import { encodeMessage, parseMessage, thisProtocol } from '../message/parse-message.js'
import { requestSchemas } from '../message/requests.js'
import { verbOf, type Verb } from '../message/subjects.js'
import {
  decide,
  replyTo,
  type AgentAction,
  type AgentFacts,
  type AgentRequest,
  type AgentState,
  type Decision,
} from './agent-state.js'
import type { AllowedAddresses } from './allowed-address.js'
import { refuseVariables, type AllowedVariables } from './allowed-variables.js'
import { deliverSamples, publishEvent } from './deliver-samples.js'
import type { KeptSamples } from './kept-samples.js'
import { measureJob, type Measuring } from './measure-job.js'
import { refusalLog } from './refusal-log.js'

export interface ServedAgent {
  broker: Broker
  agent: { name: string; id: string }
  allowed: AllowedAddresses
  variables: AllowedVariables
  kept: KeptSamples
  blobFolder: string
  /** Ends deliveries: the agent is stopped. */
  signal: AbortSignal
  onState: (state: Announcement['state']) => void
  log: (line: string) => void
}

export interface RequestServer {
  /** Answers one request. Never throws, whatever the message holds. */
  answer: (message: Pick<Msg, 'subject' | 'data' | 'respond'>) => void
  /** Stops a load that runs, and resolves when its samples are delivered, or after a while. */
  finish: () => Promise<void>
}

/** An agent that is stopped delivers for so long. What is left is delivered by its next process. */
const finishMs = 10_000
/** Measurement ids that are remembered, so that no job is run twice. */
const mostFinished = 100_000

/** Answers the requests to an agent, and does what they ask for. */
export function serveRequests(served: ServedAgent): RequestServer {
  const { broker, agent, allowed, variables, kept, log } = served
  const refused = refusalLog(log)
  const finished = new Set<string>()
  let state: AgentState = { kind: 'waiting' }
  let measuring: Measuring | undefined

  function setState(next: AgentState): void {
    state = next
    served.onState(next.kind === 'waiting' ? 'idle' : 'loading')
  }

  function facts(): AgentFacts {
    return {
      ...agent,
      allowed,
      nowUs: nowUs(),
      refuseVariables: (endpoint) => refuseVariables(endpoint, variables),
      isFinished: (measurement) => finished.has(measurement),
      isKept: (measurement) => kept.find(measurement) !== undefined,
    }
  }

  function prepare(job: JobMessage): void {
    log(`measurement ${job.measurement}: clients ${job.slice.firstClient} to ${lastClient(job)}`)
    finished.add(job.measurement)
    if (finished.size > mostFinished) for (const oldest of finished) if (finished.delete(oldest)) break
    const own = measureJob(job, {
      ...served,
      enter(kind) {
        // A load that ends by itself may drain after it was stopped.
        if (state.kind === 'waiting' || state.kind === 'delivering') return
        if (kind === 'draining')
          setState({ kind, job, startUs: 'startUs' in state ? state.startUs : nowUs() })
        else setState({ kind, job })
      },
    })
    measuring = own
    own.done
      .catch((error: unknown) => {
        if (!served.signal.aborted) log(`measurement ${job.measurement}: ${messageOf(error)}`)
      })
      .finally(() => {
        measuring = undefined
        setState({ kind: 'waiting' })
      })
  }

  function act(action: AgentAction): void {
    switch (action.kind) {
      case 'prepare':
        prepare(action.job)
        break
      case 'start':
        measuring?.start(action.startUs)
        break
      case 'release':
        measuring?.release()
        break
      case 'stop':
        measuring?.stop()
        break
      case 'forget':
        void kept.forget(action.measurement).catch(logFailure)
        break
      case 'deliver':
        void deliverAgain(action).catch(logFailure)
        break
    }
  }

  function logFailure(error: unknown): void {
    if (!served.signal.aborted) log(messageOf(error))
  }

  async function deliverAgain({
    measurement,
    attempt,
  }: {
    measurement: string
    attempt: number
  }): Promise<void> {
    const measured = kept.find(measurement)
    if (measured?.event === undefined || !('delivery' in measured.event)) return
    const { signal } = served
    const delivery = await deliverSamples(broker, measured, { agent: agent.name, attempt, signal })
    await publishEvent(broker, { ...measured.event, agentId: agent.id, delivery }, signal)
  }

  function decideMessage(verb: Exclude<Verb, 'clock'>, data: Uint8Array): Decision {
    const parsed = parseMessage(requestSchemas[verb], data)
    if ('refused' in parsed) return parsed
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the schema of this verb read the message
    return decide(state, { verb, message: parsed.message } as AgentRequest, facts())
  }

  return {
    answer(message) {
      const receivedUs = nowUs()
      const verb = verbOf(message.subject)
      if (verb === 'clock') {
        // The answer needs nothing of the request, so that it takes the same time whatever the request holds.
        const stamps = { ...thisProtocol, agentId: agent.id, receivedUs, repliedUs: nowUs() }
        message.respond(encodeMessage(stamps))
        return
      }
      const decision = verb === undefined ? { refused: 'no such request' } : decideMessage(verb, message.data)
      if ('refused' in decision) refused(`refused ${verb ?? 'a message'}: ${decision.refused}`)
      else {
        if (decision.next !== undefined) setState(decision.next)
        if (decision.act !== undefined) act(decision.act)
      }
      message.respond(encodeMessage(replyTo(decision)))
    },
    async finish() {
      measuring?.stop()
      const late = new Promise<void>((resolve) => setTimeout(resolve, finishMs).unref())
      await Promise.race([measuring?.done.catch(() => undefined), late])
    },
  }
}

function lastClient({ slice }: JobMessage): number {
  return slice.firstClient + slice.clients - 1
}
