import { join } from 'node:path'
import { startBroker } from '../../src/fleet/broker/start-broker.js'
import { openFleet } from '../../src/fleet/coordinator/open-fleet.js'
import type { LoadResult } from '../../src/load/control/load-result.js'
import { seededRandom } from '../../src/system/seeded-random.js'
import { directLink, type Link } from './relay.js'
import { startShortJobs } from './short-job.js'
import { openSiteNetworks } from './site-networks.js'
import { startAgents, type ClockError, type Site } from './start-agents.js'

const links: Record<string, Link> = {
  direct: directLink,
  'even, 5 ms each way': { thereMs: 5, backMs: 5, jitterMs: 2 },
  'uneven, 20 ms there and 1 ms back': { thereMs: 20, backMs: 1, jitterMs: 3 },
  'uneven, 0 ms there and 30 ms back': { thereMs: 0, backMs: 30, jitterMs: 10 },
  stalls: { thereMs: 2, backMs: 6, jitterMs: 5, stalls: { everyMs: 1500, forMs: 400 } },
  cuts: { thereMs: 3, backMs: 3, jitterMs: 1, cutsEveryMs: 4000 },
}
export const linkNames = Object.keys(links)

const agentsAtOnce = 4

/** What a measurement said about the clock of one agent, and by how much that was wrong. */
export interface ClockFinding {
  link: string
  /** Undefined: it did not say. */
  errorMs: number | undefined
  /** The larger distance from the true offset, at the start of the load and at the end of its window. */
  offMs: number
}

/** Each drifts by no more than clocks are assumed to (`maxDriftPpm`), and is up to an hour ahead or behind. */
function drawClock(random: () => number): ClockError {
  return {
    offsetUs: Math.round((2 * random() - 1) * 3.6e9),
    driftPpm: Math.round((2 * random() - 1) * 190),
  }
}

/**
 * Lets agents whose clocks are off by a known amount send loads together, over links of every kind, and compares the offset
 * of each clock in the result with the true one.
 *
 * @param settings `rounds` of four agents each, with new clocks and links, and `loads` per round
 */
export async function clockTruth(
  folder: string,
  { rounds, loads, say }: { rounds: number; loads: number; say: (line: string) => void },
): Promise<{ found: ClockFinding[]; hasNetworks: boolean }> {
  const random = seededRandom(21)
  const found: ClockFinding[] = []
  const broker = await startBroker({ onProgress: say })
  const networks = await openSiteNetworks(agentsAtOnce)
  const { job, address, stop } = await startShortJobs(join(folder, 'samples.bin'), {
    cameras: 8,
    windowMs: 1500,
    host: networks?.hostAddress,
  })
  try {
    for (let round = 0; round < rounds; round++) {
      const linkOf = (i: number) => linkNames[(agentsAtOnce * round + i) % linkNames.length]!
      const sites = Array.from({ length: agentsAtOnce }, (_, i): Site => {
        return { name: `${round}-${i}`, clock: drawClock(random), link: links[linkOf(i)]! }
      })
      const agents = await startAgents(broker, sites, { folder, seed: round, allow: address, networks, say })
      try {
        const fleet = await openFleet(
          { kind: 'elsewhere', agents: sites.length, broker },
          { folder, points: [], signal: new AbortController().signal, onStatus: say },
        )
        try {
          for (let load = 0; load < loads; load++) {
            const result = await fleet.runLoad(job(load), { signal: new AbortController().signal })
            found.push(...sites.map((site, i) => finding(site, linkOf(i), result)))
          }
        } finally {
          await fleet.close()
        }
      } finally {
        await agents.end()
      }
      say(
        `round ${round + 1} of ${rounds}: ${found.filter(isWithin).length} of ${found.length} within the error`,
      )
    }
  } finally {
    stop()
    await broker.end()
    await networks?.close()
  }
  return { found, hasNetworks: networks !== undefined }
}

export function isWithin({ errorMs, offMs }: ClockFinding): boolean {
  return errorMs !== undefined && offMs <= errorMs
}

function finding(
  { name, clock }: Site,
  link: string,
  { agents, startedClockUs, windowEndUs }: LoadResult,
): ClockFinding {
  const { clockOffsetMs, clockErrorMs } = agents?.find(({ site }) => site === name) ?? {}
  // The coordinator's clock is that of the system.
  const offAt = (us: number) =>
    Math.abs((clockOffsetMs ?? Number.NaN) - (clock.offsetUs + (us * clock.driftPpm) / 1e6) / 1000)
  return {
    link,
    errorMs: clockErrorMs,
    offMs: Math.max(offAt(startedClockUs), offAt(startedClockUs + windowEndUs)),
  }
}
