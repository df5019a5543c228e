import { join } from 'node:path'
import type { ManagedBroker } from '../../src/fleet/broker/start-broker.js'
import { packageRoot } from '../../src/system/package-root.js'
import { spawnGuarded, type GuardedProcess } from '../../src/system/processes/spawn-guarded.js'
import { startRelay, type Link, type Relay } from './relay.js'
import type { SiteNetworks } from './site-networks.js'

/** By how much the clock of a process is off: `offsetUs` + t · `driftPpm` at the time t of the system's monotonic clock. */
export interface ClockError {
  offsetUs: number
  driftPpm: number
}

/** An agent with a clock of its own and a link of its own to the broker. */
export interface Site {
  name: string
  clock: ClockError
  link: Link
}

export interface AgentsOptions {
  /** Where the agents keep their samples. */
  folder: string
  seed: number
  /** host:port of the server. */
  allow: string
  /** One for each agent. Undefined: all are in the network of this machine. */
  networks: SiteNetworks | undefined
  /** Called with what an agent prints. */
  say: (line: string) => void
}

/** Starts an agent process per site. */
export async function startAgents(
  broker: Pick<ManagedBroker, 'url' | 'token'>,
  sites: readonly Site[],
  { folder, seed, allow, networks, say }: AgentsOptions,
): Promise<{ end: () => Promise<void> }> {
  const host = networks?.hostAddress ?? '127.0.0.1'
  const main = join(packageRoot, 'dist/src/cli/main.js')
  const agents: GuardedProcess[] = []
  const relays: Relay[] = []
  const end = async () => {
    await Promise.all(agents.map((agent) => agent.end()))
    for (const relay of relays) relay.close()
  }
  try {
    for (const [i, { name, clock, link }] of sites.entries()) {
      const to = { host: '127.0.0.1', port: Number(new URL(broker.url).port) }
      const relay = await startRelay(to, link, { seed: seed + i, host })
      relays.push(relay)
      const agent = ['agent', '--nats', `nats://${host}:${relay.port}`, '--name', name]
      const args = [main, ...agent, '--work', join(folder, name), '--allow', allow]
      const [command, allArgs] = networks?.inside(i, process.execPath, args) ?? [process.execPath, args]
      agents.push(
        await spawnGuarded(command, allArgs, {
          onLine: (line) => say(`${name}: ${line}`),
          env: {
            ...process.env,
            NATS_TOKEN: broker.token,
            FRAMESTORM_TEST_CLOCK: `${clock.offsetUs},${clock.driftPpm}`,
          },
        }),
      )
    }
    return { end }
  } catch (error) {
    await end()
    throw error
  }
}
