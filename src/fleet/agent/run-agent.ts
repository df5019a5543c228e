import { randomUUID } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { packageVersion } from '../../system/package-root.js'
import { holdLock } from '../../system/processes/hold-lock.js'
import { UserError, messageOf } from '../../system/user-error.js'
import type { BrokerAccess } from '../broker/broker-access.js'
import { connectBroker, type Broker } from '../broker/connect-broker.js'
import { thisProtocol } from '../message/parse-message.js'
import { requestsOf } from '../message/subjects.js'
import { describeAllowed, type AllowedAddresses } from './allowed-address.js'
import { describeVariables, type AllowedVariables } from './allowed-variables.js'
import { announce } from './announce.js'
import { deliverSamples, publishEvent } from './deliver-samples.js'
import { loopbackId } from './loopback-id.js'
import { openKeptSamples, type KeptMeasurement, type KeptSamples } from './kept-samples.js'
import { serveRequests } from './serve-requests.js'

export interface AgentSettings {
  access: BrokerAccess
  name: string
  labels: Readonly<Record<string, string>>
  allowed: AllowedAddresses
  /** Those of its environment that a job may name. */
  variables: AllowedVariables
  /** For payloads, and for samples until the coordinator has them. Agents of different names may share it. */
  workFolder: string
}

/**
 * Runs an agent until it is stopped: it waits for jobs, measures, and delivers its samples. It survives a broker that
 * restarts. Nothing listens: it dials out to the broker.
 *
 * @throws UserError (exit code 2) if another agent has its name; (exit code 3) if the broker refuses it, or the folder
 * cannot be written
 */
export async function runAgent(
  settings: AgentSettings,
  options: { signal: AbortSignal; log: (line: string) => void },
): Promise<void> {
  const folder = join(settings.workFolder, settings.name)
  const onWait = () => {
    throw folderTaken(folder)
  }
  await holdLock(join(folder, 'agent.lock'), { onWait }, () => runInFolder(settings, folder, options))
}

async function runInFolder(
  { access, name, labels, allowed, variables, workFolder }: AgentSettings,
  folder: string,
  { signal, log }: { signal: AbortSignal; log: (line: string) => void },
): Promise<void> {
  const id = randomUUID()
  const kept = await openKeptSamples(join(folder, 'samples'))
  // Those of the process before. They are known before the first job adds others.
  const remains = kept.all()
  const ended = new AbortController()
  const broker = await connectBroker(access, {
    name: `agent ${name}`,
    signal,
    onStatus: log,
    patienceMs: Number.POSITIVE_INFINITY,
  })
  try {
    const presence = await announce(
      broker.agents,
      {
        ...thisProtocol,
        name,
        id,
        version: packageVersion,
        host: loopbackId(),
        labels: { ...labels },
        cores: availableParallelism(),
        allow: describeAllowed(allowed),
        state: 'idle',
      },
      signal,
    )
    const requests = serveRequests({
      broker,
      agent: { name, id },
      allowed,
      variables,
      kept,
      blobFolder: join(workFolder, 'payloads'),
      signal: ended.signal,
      onState: presence.setState,
      log,
    })
    broker.connection.subscribe(requestsOf(name), { callback: (_, message) => requests.answer(message) })
    const sent = variables.size === 0 ? '' : `, with the variables ${describeVariables(variables)}`
    log(`agent ${name} waits for jobs; it may send to ${describeAllowed(allowed).join(', ')}${sent}`)
    void deliverRemains(remains, { broker, kept, agent: { name, id }, signal: ended.signal, log })
    try {
      await Promise.race([presence.lost, aborted(signal)])
    } finally {
      await requests.finish()
      ended.abort()
      await presence.withdraw()
    }
  } finally {
    ended.abort()
    await broker.close()
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

/** Delivers what an earlier process of this agent measured and did not get confirmed. */
async function deliverRemains(
  remains: readonly KeptMeasurement[],
  parts: {
    broker: Broker
    kept: KeptSamples
    agent: { name: string; id: string }
    signal: AbortSignal
    log: (line: string) => void
  },
): Promise<void> {
  const { broker, kept, agent, signal, log } = parts
  for (const one of remains) {
    try {
      const delivery = await deliverSamples(broker, one, { agent: agent.name, attempt: 0, signal })
      const { run, measurement, event } = one
      const subject = { ...thisProtocol, run, measurement, agent: agent.name, agentId: agent.id }
      const again =
        event !== undefined && 'delivery' in event
          ? { ...event, agentId: agent.id, delivery }
          : { ...subject, kind: 'recovered' as const, delivery }
      await publishEvent(broker, again, signal)
      log(`measurement ${measurement} of an earlier process: ${delivery.requests} requests delivered again`)
    } catch (error) {
      if (signal.aborted) return
      log(`measurement ${one.measurement} of an earlier process: ${messageOf(error)}`)
      // Its file was cut before its first record, or is none.
      if (error instanceof UserError) await kept.forget(one.measurement).catch(() => undefined)
    }
  }
}

function folderTaken(folder: string): UserError {
  return new UserError('another agent with this name runs on this machine', {
    where: folder,
    expected: 'a name that no other agent on this machine has',
    remedy: 'Choose another --name, or another folder with --work.',
  })
}
