import type { AgentResult } from '../../run/agent-result.js'
import type { ServerSettings } from '../../scenario/plan/plan.js'
import { plural } from '../../system/plural.js'
import { UserError } from '../../system/user-error.js'
import { readBrokerAccess, type BrokerAccess } from '../broker/broker-access.js'
import { parseSpread, type SpreadShare } from '../deal-load.js'

/** The agents that send a load: processes that this command starts, or agents that run elsewhere and share a broker with it. */
export type FleetRequest =
  | { kind: 'local'; agents: number }
  | { kind: 'elsewhere'; agents: number; broker: BrokerAccess; spread?: readonly SpreadShare[] | undefined }

/** The flags as written. */
export interface FleetFlags {
  agents?: string | undefined
  nats?: string | undefined
  spread?: string | undefined
}

/** A coordinator probes, starts and collects from each agent by itself. */
const mostAgents = 256

/**
 * Reads the flags of a fleet.
 *
 * @returns undefined without --agents: this process sends the load
 * @throws UserError (exit 2) if a flag is wrong, or flags do not fit each other; (exit 3) if the credentials of the broker
 *   in the environment are wrong
 */
export function parseFleetFlags({ agents, nats, spread }: FleetFlags): FleetRequest | undefined {
  if (agents === undefined) {
    const orphan = nats !== undefined ? '--nats' : spread !== undefined ? '--spread' : undefined
    if (orphan === undefined) return undefined
    throw new UserError(`${orphan} needs --agents`, {
      where: orphan,
      expected: 'the number of agents, such as --agents 4',
      remedy: `Add --agents, or remove ${orphan}.`,
    })
  }
  const { local, count } = /^(?<local>local:)?(?<count>\d+)$/.exec(agents.trim())?.groups ?? {}
  const number = Number(count)
  if (!(number >= 1 && number <= mostAgents)) {
    throw new UserError('--agents is not valid', {
      where: '--agents',
      expected: `a number of agents from 1 to ${mostAgents}, such as 4 or local:4`,
      received: agents === '' ? 'nothing' : agents,
    })
  }
  if (local !== undefined) {
    refuseBesideLocal('--nats', nats, agents)
    refuseBesideLocal('--spread', spread, agents)
    return { kind: 'local', agents: number }
  }
  if (nats === undefined) {
    throw new UserError('the agents cannot be reached without a broker', {
      where: '--agents',
      expected: 'the broker of the agents, such as --nats nats://host:4222',
      remedy: `Add --nats, or use --agents local:${number} for ${plural(number, 'agent')} on this machine.`,
    })
  }
  return {
    kind: 'elsewhere',
    agents: number,
    broker: readBrokerAccess('--nats', nats),
    spread: spread === undefined ? undefined : parseSpread(spread),
  }
}

function refuseBesideLocal(flag: string, given: string | undefined, agents: string): void {
  if (given === undefined) return
  throw new UserError(`${flag} is not for local agents`, {
    where: flag,
    expected: 'a number of agents that run elsewhere, such as --agents 4',
    received: `--agents ${agents}`,
    remedy: `Remove ${flag}, or local:.`,
  })
}

/** Files are on the machine of this command, and agents do not read files that a message names. */
const fileFields = ['tokenFile', 'caFile', 'certFile', 'keyFile'] as const

/** @throws UserError (exit 2) if the agents of this fleet could not send a load to this server */
export function requireReachable(server: ServerSettings, request: FleetRequest | undefined): void {
  if (request === undefined) return
  if (server.kind !== 'url') {
    if (request.kind === 'local') return
    throw new UserError('agents elsewhere cannot reach this server', {
      where: '--agents',
      expected: 'a server by its URL, such as --server http://host:8080',
      received: `a server that Framestorm starts (${server.kind}), which listens on this machine only`,
      remedy: `Give the server’s URL, or use --agents local:${request.agents}.`,
    })
  }
  const file = fileFields.find((field) => server[field] !== undefined)
  if (file === undefined) return
  throw new UserError(`agents cannot use server.${file}`, {
    where: `server.${file}`,
    expected:
      file === 'tokenFile'
        ? 'tokenEnv, a variable that each agent has in its environment'
        : 'a certificate of a known authority',
    received: String(server[file]),
    remedy:
      file === 'tokenFile'
        ? 'Write tokenEnv in place of tokenFile, and set the variable for each agent.'
        : `Remove server.${file}. To make the agents trust a private authority, set NODE_EXTRA_CA_CERTS for them.`,
  })
}

/**
 * The parts of a run are compared, so a resumed run needs as many agents as before.
 *
 * @param measurements of the run so far
 * @param options.mayLeaveOut as in `OpenFleetOptions`
 * @throws UserError (exit 2) if the flags do not say so
 */
export function requireSameFleet(
  measurements: readonly { agents?: readonly AgentResult[] | undefined }[],
  request: FleetRequest | undefined,
  { mayLeaveOut = false }: { mayLeaveOut?: boolean | undefined } = {},
): void {
  const [first] = measurements
  if (first === undefined) return
  // Not all agents send a small load of a search.
  const before = measurements.reduce(
    (most, { agents }) => (agents !== undefined && agents.length > (most?.length ?? 0) ? agents : most),
    first.agents,
  )
  const isSame = mayLeaveOut
    ? (before === undefined) === (request === undefined) && (before?.length ?? 0) <= (request?.agents ?? 0)
    : before?.length === request?.agents
  if (isSame) return
  const describe = (count: number | undefined) => (count === undefined ? 'no agents' : plural(count, 'agent'))
  throw new UserError('the run was started with other agents', {
    where: '--agents',
    expected:
      before === undefined
        ? 'no agents'
        : `${describe(before.length)}: ${before.map(({ site }) => site).join(', ')}`,
    received: describe(request?.agents),
    remedy:
      before === undefined
        ? 'Remove --agents, or start a new run.'
        : 'Give --agents, --nats and --spread as when the run was started.',
  })
}
