import { createHash } from 'node:crypto'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { autoThreads } from '../../load/control/auto-threads.js'
import type { LoadJob } from '../../load/load-job.js'
import type { LoadSlice } from '../../load/load-slice.js'
import type { LoadResult } from '../../load/control/load-result.js'
import type { RunLoad, RunLoadOptions } from '../../load/run-load.js'
import type { PlannedPoint } from '../../scenario/plan/plan.js'
import { hostAndPort } from '../../server/endpoint.js'
import { ExitCode, UserError } from '../../system/user-error.js'
import { isLoopback } from '../agent/allowed-address.js'
import { loopbackId } from '../agent/loopback-id.js'
import { connectBroker } from '../broker/connect-broker.js'
import type { SpreadShare } from '../deal-load.js'
import type { AgentEvent } from '../message/events.js'
import { thisProtocol } from '../message/parse-message.js'
import type { Announcement } from '../message/announcement.js'
import { chooseAgents } from './choose-agents.js'
import { dealToAgents } from './deal-to-agents.js'
import { openFleetClocks } from './fleet-clocks.js'
import { openFleetLink } from './fleet-link.js'
import type { FleetRequest } from './fleet-request.js'
import { startLocalAgents, type LocalAgents } from './local-agents.js'
import type { Member } from './measure-together.js'
import { measureWithAgents } from './measure-with-agents.js'
import { openSampleReceiver } from './receive-samples.js'

export interface OpenFleetOptions {
  /** The run folder. What agents deliver later is kept in its folder `agents`. */
  folder: string
  /** What will be measured. */
  points: readonly Pick<PlannedPoint, 'server' | 'model'>[]
  signal: AbortSignal
  onStatus: (text: string) => void
  /** Names of agents that sent earlier loads of the same run; they are chosen first. */
  sites?: readonly string[] | undefined
  /** A load that is too small for all agents is sent by some of them. Default: it is refused. */
  mayLeaveOut?: boolean | undefined
}

/** Agents that send loads together. */
export interface Fleet {
  /** As the function of the same name, with all agents of the fleet. */
  runLoad: RunLoad
  close: () => Promise<void>
}

/** How long the first agents are waited for, and one that was lost. */
const firstWaitMs = 60_000
const returnWaitMs = 30_000
/** A shorter wait is not worth a line. */
const quietMs = 2000
const pollMs = 200

/**
 * Opens a fleet: connects to the broker of the agents, or starts one and the agents, and waits until there are enough of
 * them.
 *
 * @throws UserError (exit code 3) if the broker cannot be used, or too few agents come
 */
export async function openFleet(request: FleetRequest, options: OpenFleetOptions): Promise<Fleet> {
  const { signal, onStatus } = options
  const kept = join(resolve(options.folder), 'agents')
  await mkdir(kept, { recursive: true })
  let local: LocalAgents | undefined
  const closing: (() => Promise<unknown>)[] = [() => tidy(kept)]
  const close = async () => {
    for (const end of closing.toReversed()) await end()
  }
  try {
    if (request.kind === 'local') {
      local = await startLocalAgents(request.agents, {
        workFolder: kept,
        points: options.points,
        onStatus,
        signal,
      })
      closing.push(local.end)
    }
    const access = request.kind === 'elsewhere' ? request.broker : local!.access
    const run = nameOfRun(options.folder)
    const broker = await connectBroker(access, {
      name: `framestorm ${run}`,
      signal,
      onStatus,
      // The own broker is started again if it ends.
      patienceMs: request.kind === 'local' ? returnWaitMs : 0,
    })
    closing.push(() => broker.close())
    const receiver = openSampleReceiver(kept)
    const link = await openFleetLink(broker, {
      run,
      receiver,
      onUnclaimed: (event) => void keepRecovered(event),
    })
    closing.push(() => link.close())
    const clocks = openFleetClocks(link.probeClock, { isOneClock: request.kind === 'local' })

    /** Samples of a measurement that is over, from an agent that was lost, or from the time of an earlier process. */
    async function keepRecovered(event: AgentEvent): Promise<void> {
      const { measurement, agent, agentId } = event
      const delivery = 'delivery' in event ? event.delivery : undefined
      // A chunk that could not be written is reported with the load that needs it; the agent keeps its samples.
      const isWhole = () => receiver.isWhole(measurement, agent, delivery!).catch(() => false)
      if (delivery === undefined || !(await isWhole())) return
      onStatus(
        `agent ${agent} delivered samples of an earlier measurement: ${receiver.file(measurement, agent)}`,
      )
      const until = Date.now() + returnWaitMs
      await link.ask(
        { name: agent },
        'received',
        { ...thisProtocol, agentId, measurement },
        () => Date.now() > until,
      )
    }

    let sites: readonly string[] | undefined
    /** The agents of the first load send all others: a load that moved to another site would be another one. */
    async function waitForAgents(waitMs: number): Promise<Announcement[]> {
      const began = Date.now()
      let said = ''
      for (;;) {
        // Those of this fleet measure for nobody else, whatever they last announced.
        const present =
          sites === undefined
            ? link.present()
            : link
                .present()
                .flatMap((agent) =>
                  sites!.includes(agent.name) ? [{ ...agent, state: 'idle' as const }] : [],
                )
        const choice = chooseAgents(present, { ...request, sites: options.sites })
        if ('chosen' in choice) return choice.chosen
        if (Date.now() - began > waitMs) throw tooFewAgents(choice.missing, sites !== undefined)
        const status = `waiting for ${choice.missing}`
        if (Date.now() - began > quietMs && status !== said) onStatus(status)
        said = status
        await sleep(pollMs, undefined, { signal })
      }
    }

    async function runLoad(job: LoadJob, loadOptions: RunLoadOptions): Promise<LoadResult> {
      const agents = await waitForAgents(returnWaitMs)
      if (request.kind === 'elsewhere') requireSameMachine(job.endpoint, agents)
      const { mayLeaveOut = false } = options
      const dealt = dealToAgents(job, agents, { spread: spreadOf(request), mayLeaveOut })
      const members = dealt.map(({ agent, slice }): Member => ({
        agent,
        slice,
        threads: threadsOf(job, agent, slice),
      }))
      return measureWithAgents({ link, clocks }, job, members, { ...loadOptions, onStatus })
    }

    const first = await waitForAgents(request.kind === 'local' ? returnWaitMs : firstWaitMs)
    sites = first.map(({ name }) => name)
    return { runLoad: Object.assign(runLoad, { processIds: local?.processIds }), close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Removes what local agents keep beside samples, and the folder if it has none. */
async function tidy(kept: string): Promise<void> {
  const hasSamples = async (folder: string) =>
    (await readdir(folder, { recursive: true })).some((name) => /\.(bin|samples)$/.test(name))
  for (const entry of await readdir(kept, { withFileTypes: true })) {
    const path = join(kept, entry.name)
    if (entry.isDirectory() && !(await hasSamples(path))) await rm(path, { recursive: true, force: true })
  }
  if (!(await hasSamples(kept))) await rm(kept, { recursive: true, force: true })
}

/** Agents with the same name of a run belong together, also if this process is started again. */
function nameOfRun(folder: string): string {
  return createHash('sha256').update(resolve(folder)).digest('hex').slice(0, 16)
}

function spreadOf(request: FleetRequest): readonly SpreadShare[] | undefined {
  return request.kind === 'local' ? undefined : request.spread
}

/** The number of threads is that of each agent. */
function threadsOf({ threads, load, framesPerRequest }: LoadJob, { cores }: Announcement, slice: LoadSlice) {
  return typeof threads === 'number' ? threads : autoThreads(load, framesPerRequest, cores, slice.clients)
}

/**
 * A loopback address is that of another machine for an agent there.
 *
 * @throws UserError (exit code 2)
 */
function requireSameMachine({ host, port }: LoadJob['endpoint'], agents: readonly Announcement[]): void {
  if (!isLoopback(host)) return
  const other = agents.find((agent) => agent.host !== loopbackId())
  if (other === undefined) return
  throw new UserError(`agent ${other.name} cannot reach the server`, {
    where: '--server',
    expected: 'an address of the server that other machines can reach',
    received: `${hostAndPort({ host, port })}, which is this machine only`,
    remedy: 'Give the server’s URL with a name or address of this machine, and let each agent --allow it.',
  })
}

function tooFewAgents(missing: string, wasComplete: boolean): UserError {
  return new UserError(wasComplete ? 'an agent is gone' : 'too few agents are there', {
    where: '--agents',
    expected: missing.replace(/:.*/s, ''),
    received: missing.replace(/^.*?: /s, ''),
    remedy: wasComplete
      ? 'Start the agent again, and resume the run.'
      : 'Start agents with `framestorm agent --nats URL --name NAME` at the same broker, and run the command again.',
    exitCode: ExitCode.environment,
    resumable: true,
  })
}
