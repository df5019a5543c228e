import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { PlannedPoint } from '../../scenario/plan/plan.js'
import { variablesIn } from '../../server/access.js'
import { hostAndPort, parseEndpoint, parseGrpcEndpoint } from '../../server/endpoint.js'
import { packageRoot } from '../../system/package-root.js'
import { plural } from '../../system/plural.js'
import { spawnGuarded, type GuardedProcess } from '../../system/processes/spawn-guarded.js'
import { newToken, startBroker, type ManagedBroker } from '../broker/start-broker.js'
import type { BrokerAccess } from '../broker/broker-access.js'

/** A broker and agents on this machine, which end with this process. */
export interface LocalAgents {
  access: BrokerAccess
  names: string[]
  /** Of the broker and the agents that run now. */
  processIds: () => number[]
  end: () => Promise<void>
}

const main = join(packageRoot, 'dist/src/cli/main.js')

/**
 * Starts a broker and agents. If one of them ends before it is told to, it is started again, as a service manager would.
 *
 * @param options.workFolder where the agents keep samples until they are received
 * @param options.points what they will measure: they may send to its servers, with the variables that those need
 * @throws UserError (exit code 3) if there is no broker, or it does not start
 */
export async function startLocalAgents(
  agents: number,
  options: {
    workFolder: string
    points: readonly Pick<PlannedPoint, 'server' | 'model'>[]
    onStatus: (text: string) => void
    signal: AbortSignal
  },
): Promise<LocalAgents> {
  const { workFolder, points, onStatus, signal } = options
  // Beside the samples: what a coordinator that was killed leaves behind is removed when its run is resumed.
  const storeFolder = await mkdtemp(join(workFolder, 'broker-'))
  const token = newToken()
  const names = Array.from({ length: agents }, (_, i) => `local-${i + 1}`)
  let isEnding = false
  let broker: ManagedBroker | undefined
  const running = new Set<GuardedProcess>()

  /** Starts that are under way: at the end they are waited for, because what they start must be ended, too. */
  const restarts = new Set<Promise<unknown>>()

  /** What does not start any more is noticed by those who need it. */
  async function startAgain(ended: Promise<unknown>, start: () => Promise<unknown>): Promise<void> {
    await ended
    if (isEnding) return
    const restart = start().catch(() => undefined)
    restarts.add(restart)
    await restart
    restarts.delete(restart)
  }

  async function keepBroker(port?: number): Promise<ManagedBroker> {
    const started = await startBroker({ onProgress: onStatus, signal, token, storeFolder, port })
    broker = started
    void startAgain(started.exited, () => keepBroker(Number(new URL(started.url).port)))
    return started
  }

  async function keepAgent(name: string, url: string): Promise<void> {
    const own = ['--nats', url, '--name', name, '--work', workFolder]
    const args = [main, 'agent', ...own, ...allowedFor(points)]
    const started = await spawnGuarded(process.execPath, args, {
      env: { ...withoutBrokers(process.env), NATS_TOKEN: token },
    })
    running.add(started)
    const ended = started.exited.then(() => running.delete(started))
    void startAgain(ended, () => keepAgent(name, url))
  }

  async function end(): Promise<void> {
    isEnding = true
    await Promise.all(restarts)
    await Promise.allSettled([...running].map((agent) => agent.end()))
    await broker?.end()
    await rm(storeFolder, { recursive: true, force: true })
  }

  try {
    onStatus(`starting a broker and ${plural(agents, 'agent')}`)
    const { url } = await keepBroker()
    for (const name of names) await keepAgent(name, url)
    const processIds = () => [broker, ...running].flatMap((one) => (one === undefined ? [] : [one.pid]))
    return { access: { url, token }, names, processIds, end }
  } catch (error) {
    await end()
    throw error
  }
}

/** An environment without the credentials and certificates of another broker. */
function withoutBrokers(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('NATS_')))
}

/** Addresses of servers by URL, loopback addresses for those that Framestorm starts, and the names of the variables. */
function allowedFor(points: readonly Pick<PlannedPoint, 'server' | 'model'>[]): string[] {
  const addresses = new Set(['loopback'])
  const variables = new Set<string>()
  for (const { server, model } of points) {
    if (server.kind !== 'url') continue
    addresses.add(hostAndPort(parseEndpoint(server, { version: '', ...model })))
    addresses.add(hostAndPort(parseGrpcEndpoint(server, 'torchserve')))
    for (const name of variablesIn(server)) variables.add(name)
  }
  return [
    ...[...addresses].flatMap((address) => ['--allow', address]),
    ...[...variables].flatMap((name) => ['--env', name]),
  ]
}
