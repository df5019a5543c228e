import type { AgentResult } from '../run/agent-result.js'
import { linkFrames } from '../run/columns.js'
import { Phase, type MeasurementSamples } from '../run/record.js'
import type { Point } from '../scenario/plan/plan.js'
import type { Simulated } from './analyse-simulated.test.support.js'

/** Edge devices or request loops of a point. */
function clientsOf({ load, batching }: Point): number {
  return load.kind === 'cameras'
    ? Math.ceil(load.cameras / load.camerasPerClient)
    : load.framesInFlight / batching.framesPerRequest
}

/** The agent of each of these shares of the clients, in order. */
export function agentsOf(point: Point, shares: Record<string, number>): AgentResult[] {
  const total = Object.values(shares).reduce((sum, share) => sum + share, 0)
  const clients = clientsOf(point)
  let before = 0
  return Object.entries(shares).map(([site, share]) => {
    const firstClient = Math.round((clients * before) / total)
    before += share
    const end = Math.round((clients * before) / total)
    return { site, firstClient, clients: end - firstClient, complete: true }
  })
}

/**
 * Turns a simulated measurement into one by agents: as its server counts it, and with a link that delays the answers to one
 * of them. Each agent says how many frames it scheduled.
 */
export function splitIntoSites(
  { samples, record }: Simulated,
  point: Point,
  agents: AgentResult[],
  delayMs: Record<string, number> = {},
): void {
  const { requests, frames } = samples
  const camerasPerClient = point.load.kind === 'cameras' ? point.load.camerasPerClient : 1
  const isCamera = point.load.kind === 'cameras'
  let inferenceUs = 0
  for (let row = 0; row < requests.count; row++) {
    // The simulation numbers clients by camera.
    if (isCamera) requests.client[row] = Math.floor(requests.client[row]! / camerasPerClient)
    const latencyUs = requests.answeredUs[row]! - requests.sentUs[row]!
    if (!Number.isNaN(latencyUs)) inferenceUs += latencyUs
    const agent = agents.find((one) => isOf(one, requests.client[row]!))
    requests.answeredUs[row]! += 1000 * (delayMs[agent?.site ?? ''] ?? 0)
  }
  linkFrames(samples)
  record.observations = {
    ...record.observations,
    serverCounted: { requests: requests.count, inferenceUs, queueUs: 0 },
  }
  record.agents = agents.map((agent) => {
    const own = onlyOf(samples, agent, camerasPerClient)
    let framesScheduled = 0
    if (isCamera) for (const phase of own.frames.phase) framesScheduled += Number(phase === Phase.measured)
    else
      for (let row = 0; row < own.requests.count; row++)
        if (own.requests.phase[row] === Phase.measured) framesScheduled += own.requests.frames[row]!
    return { framesScheduled, ...agent }
  })
  if (frames.count === 0 && isCamera) throw new Error('a camera load has frames')
}

function isOf({ firstClient, clients }: AgentResult, client: number): boolean {
  return client >= firstClient && client < firstClient + clients
}

/** The samples of one agent, picked one by one. */
export function onlyOf(
  { requests, frames }: MeasurementSamples,
  agent: AgentResult,
  camerasPerClient: number,
): MeasurementSamples {
  const rows = upTo(requests.count).filter((row) => isOf(agent, requests.client[row]!))
  const frameRows = upTo(frames.count).filter((row) =>
    isOf(agent, Math.floor(frames.camera[row]! / camerasPerClient)),
  )
  return linkFrames({
    requests: { ...pick(requests, rows), count: rows.length },
    frames: { ...pick(frames, frameRows), count: frameRows.length },
  })
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, row) => row)
}

/** Each column with these rows only; ids have 16 bytes each. */
function pick<Columns extends { count: number }>(columns: Columns, rows: number[]): Columns {
  const picked = Object.entries(columns).map(([name, column]: [string, unknown]) => {
    if (!(ArrayBuffer.isView(column) && 'length' in column)) return [name, column]
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each column is a typed array
    const values = column as Uint8Array
    const width = name === 'serverRequestId' ? 16 : 1
    const places = rows.flatMap((row) => Array.from({ length: width }, (_, i) => row * width + i))
    return [name, values.slice(0, places.length).map((_, i) => values[places[i]!]!)]
  })
  return Object.fromEntries(picked)
}
