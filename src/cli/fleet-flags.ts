import type { Argv } from 'yargs'
import { parseFleetFlags, type FleetFlags, type FleetRequest } from '../fleet/coordinator/fleet-request.js'
import type { Fleet, OpenFleetOptions } from '../fleet/coordinator/open-fleet.js'
import type { RunWriter } from '../run/run-writer.js'
import { allPoints } from '../scenario/plan/plan.js'
import { UserError } from '../system/user-error.js'

/** Declares the flags of a load that several agents send. */
export function fleetOptions(yargs: Argv): Argv {
  return yargs
    .option('agents', {
      type: 'string',
      requiresArg: true,
      describe:
        'Send the load from several agents: local:2 on this machine, or the number of those at --nats',
    })
    .option('nats', {
      type: 'string',
      requiresArg: true,
      describe: 'Broker of the agents, such as nats://host:4222 (see docs/fleet.md)',
    })
    .option('spread', {
      type: 'string',
      requiresArg: true,
      describe: 'Shares of the load by label, such as zone=eu:70,zone=us:30',
    })
}

/**
 * Reads the flags of a fleet.
 *
 * @throws UserError (exit 2) as `parseFleetFlags` does, and if a flag is repeated
 */
export function readFleetFlags({ agents, nats, spread }: FleetFlags): FleetRequest | undefined {
  for (const [name, given] of Object.entries({ agents, nats, spread })) {
    // yargs returns a list if a flag is repeated.
    if (!Array.isArray(given)) continue
    throw new UserError(`--${name} is given more than once`, {
      where: `--${name}`,
      received: `${given.length} values`,
    })
  }
  return parseFleetFlags({ agents, nats, spread })
}

/** The flags as they are typed again, with a space in front; empty without a fleet. */
export function repeatFleetFlags({ agents, nats, spread }: FleetFlags): string {
  return Object.entries({ agents, nats, spread })
    .filter(([, given]) => given !== undefined)
    .map(([name, given]) => ` --${name} ${given}`)
    .join('')
}

/**
 * Opens the agents of a fleet; undefined without one.
 *
 * @param options.sites names of agents that sent earlier loads of the same run; they are chosen first
 * @throws UserError (exit 3) if the broker or the agents are not there
 */
export async function openFleetOf(
  request: FleetRequest | undefined,
  options: OpenFleetOptions,
): Promise<Fleet | undefined> {
  if (request === undefined) return undefined
  // Loaded when it is needed, with the client of the broker.
  const { openFleet } = await import('../fleet/coordinator/open-fleet.js')
  return openFleet(request, options)
}

/** Does work with the function that runs the loads of a run, and closes its fleet afterwards. */
export async function withFleet<T>(
  request: FleetRequest | undefined,
  run: RunWriter,
  options: Pick<OpenFleetOptions, 'signal' | 'onStatus' | 'mayLeaveOut'>,
  work: (runLoad: Fleet['runLoad'] | undefined) => Promise<T>,
): Promise<T> {
  const { folder, manifest } = run
  const points = allPoints(manifest.plan)
  const sites = manifest.measurements.flatMap(({ agents = [] }) => agents.map(({ site }) => site))
  const fleet = await openFleetOf(request, { folder, points, sites, ...options }).catch(
    async (error: unknown) => {
      await run.end(manifest.measurements.length === 0 ? 'failed' : 'interrupted')
      throw error
    },
  )
  try {
    return await work(fleet?.runLoad)
  } finally {
    await fleet?.close()
  }
}
