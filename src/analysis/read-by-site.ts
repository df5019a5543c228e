import {
  allocateFrames,
  allocateRequests,
  copyFrames,
  copyRequests,
  firstFrames,
  firstRequests,
  linkToRows,
} from '../run/columns.js'
import type { AgentResult } from '../run/agent-result.js'
import type { MeasurementInput } from '../run/read-measurement.js'
import type { FrameColumns, MeasurementSamples, RequestColumns } from '../run/record.js'
import { partsOf } from '../run/sample-parts.js'
import type { LoadSettings, Point } from '../scenario/plan/plan.js'
import type { PartReader } from './fold.js'
import { orderOf, readFigures } from './read-figures.js'
import type { SampleReading } from './sample-figures.js'
import { countAnswers } from './throughput.js'

/**
 * The figures of a measurement and of each of its sites. All of them are computed while the samples are read together: once
 * more than for one alone at most, however many sites there are.
 *
 * @param sites as `inputOfSite` makes them, in the order of the measurement's agents
 */
export function readBySite(
  input: MeasurementInput,
  sites: readonly SiteInput[],
  mostKept?: number,
): { whole: SampleReading; sites: SampleReading[] } {
  const { record, samples } = input
  const open = [
    readFigures(input, { known: countAnswers(samples, record), mostKept }),
    ...sites.map((site) => readFigures(site, { mostKept })),
  ].map((figures) => ({ figures, state: figures.next() }))
  const isReading = ({ state }: (typeof open)[number]) => state.done !== true
  while (open.some(isReading)) {
    readParts(
      input,
      open.map(({ state }) => (state.done === true ? undefined : state.value)),
    )
    for (const one of open) if (isReading(one)) one.state = one.figures.next()
  }
  const [whole, ...ofSites] = open.map(({ state }) => {
    if (state.done !== true) throw new Error('the figures of a measurement are not complete')
    return state.value
  })
  return { whole: whole!, sites: ofSites }
}

/**
 * Reads the samples of a measurement once.
 *
 * @param readers of the whole, then of each site in the order of the agents; undefined if nothing is read of it
 */
export function readParts(
  { point, record, samples }: MeasurementInput,
  readers: readonly (PartReader | undefined)[],
): void {
  const wanted = readers.filter((reader) => reader !== undefined)
  if (wanted.length === 0) return
  const readsSites = readers.slice(1).some((reader) => reader !== undefined)
  const split = openSiteSplitter(record.agents ?? [], point.load)
  const fields = wanted.flatMap((reader) => reader.fields)
  for (const part of partsOf(samples, orderOf({ point }), readsSites ? [...fields, 'client'] : fields)) {
    const parts = readsSites ? [part, ...split(part)] : [part]
    for (const [i, reader] of readers.entries()) reader?.add(parts[i]!)
  }
}

/** A measurement by one agent. Its samples are read with those of the whole. */
export type SiteInput = Omit<MeasurementInput, 'samples'>

/**
 * What one agent measured, as if it had been alone: its part of the load, its own observations, and its samples. What is only
 * known of the server is not in it.
 */
export function inputOfSite(
  { point, record, batches, answerTolerance }: MeasurementInput,
  agent: AgentResult,
): SiteInput {
  const { notes: _, failures: __, crossCheckFps: ___, loadCpuShare: ____, ...kept } = record
  const { loadThreads, loadCpuShare, connectionsRetried } = agent
  return {
    point: pointOfSite(point, agent),
    record: {
      ...kept,
      complete: agent.complete,
      notes: [],
      agents: [agent],
      ...(loadCpuShare !== undefined && { loadCpuShare }),
      observations: {
        ...agent.observations,
        ...(loadThreads !== undefined && { loadThreads }),
        ...(connectionsRetried !== undefined && { connectionsRetried }),
      },
    },
    batches,
    answerTolerance,
  }
}

/** The point with the part of its load that an agent sent. */
function pointOfSite(point: Point, { firstClient, clients }: Slice): Point {
  const { load, batching } = point
  if (load.kind === 'closed')
    return { ...point, load: { ...load, framesInFlight: clients * batching.framesPerRequest } }
  // The last edge device may have fewer cameras than the others.
  const end = Math.min(load.cameras, (firstClient + clients) * load.camerasPerClient)
  return { ...point, load: { ...load, cameras: Math.max(0, end - firstClient * load.camerasPerClient) } }
}

type Slice = Pick<AgentResult, 'firstClient' | 'clients'>

const nobody = 0xffff

/**
 * Splits parts of samples by the agent that sent them: a request by its `client`, a frame by the edge device of its camera.
 *
 * @returns takes one part after the other, and returns the part of each agent. They are valid until the next one
 */
function openSiteSplitter(
  agents: readonly Slice[],
  load: LoadSettings,
): (part: MeasurementSamples) => MeasurementSamples[] {
  const agentOf = agentsByClient(agents)
  const camerasPerClient = load.kind === 'cameras' ? load.camerasPerClient : 1
  const sites = agents.map(() => ({ requests: allocateRequests(0), frames: allocateFrames(0) }))
  return ({ requests, frames }) => {
    const requestsOf = rowsByAgent(requests.count, agents.length, (row) => agentOf(requests.client[row]!))
    const framesOf = rowsByAgent(frames.count, agents.length, (row) =>
      agentOf(Math.floor(frames.camera[row]! / camerasPerClient)),
    )
    return sites.map((site, agent) => {
      const [ownRequests, ownFrames] = [requestsOf[agent]!, framesOf[agent]!]
      // Where each of its requests is in its own part.
      const placeOf = new Int32Array(requests.count).fill(-1)
      for (const [place, row] of ownRequests.entries()) placeOf[row] = place
      site.requests = withRoom(site.requests, ownRequests.length, allocateRequests)
      site.frames = withRoom(site.frames, ownFrames.length, allocateFrames)
      copyRequests(requests, ownRequests, site.requests, 0)
      copyFrames(frames, ownFrames, site.frames, 0)
      const part = {
        requests: firstRequests(site.requests, ownRequests.length),
        frames: firstFrames(site.frames, ownFrames.length),
      }
      return linkToRows(
        part,
        Int32Array.from(ownFrames, (frame) => placeOf[frames.requestRow[frame]!] ?? -1),
      )
    })
  }
}

function agentsByClient(agents: readonly Slice[]): (client: number) => number {
  const clients = Math.max(0, ...agents.map((agent) => agent.firstClient + agent.clients))
  const byClient = new Uint16Array(clients).fill(nobody)
  for (const [index, { firstClient, clients: number }] of agents.entries())
    byClient.fill(index, firstClient, firstClient + number)
  return (client) => byClient[client] ?? nobody
}

/** The rows of each agent, ascending. */
function rowsByAgent(count: number, agents: number, agentOf: (row: number) => number): Uint32Array[] {
  const owners = Uint16Array.from({ length: count }, (_, row) => agentOf(row))
  const lengths = new Uint32Array(agents)
  for (const owner of owners) if (owner !== nobody) lengths[owner]! += 1
  const rows = Array.from(lengths, (length) => new Uint32Array(length))
  lengths.fill(0)
  for (const [row, owner] of owners.entries()) if (owner !== nobody) rows[owner]![lengths[owner]!++] = row
  return rows
}

function withRoom<Columns extends RequestColumns | FrameColumns>(
  columns: Columns,
  rows: number,
  allocate: (rows: number) => Columns,
): Columns {
  return rows <= columns.request.length ? columns : allocate(2 * rows)
}
