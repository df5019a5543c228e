import { UserError } from '../system/user-error.js'
import type { LoadResult } from '../load/control/load-result.js'
import type { GpuReading } from '../system/machine/watch-gpus.js'
import type { MachineSample } from '../system/machine/sample-machine.js'
import { watchMachine } from '../system/machine/watch-machine.js'
import type { MeasurementObservations } from '../run/observations.js'
import { countedBetween, readCounters } from '../server/inference-counters.js'
import type { RunningServer, ServerBatching } from '../server/running-server.js'
import type { RequestedModel } from '../server/endpoint.js'
import type { ModelDescription } from '../server/management/describe-model.js'

export interface Watched {
  server: RunningServer
  model: RequestedModel
  /** The settings that must apply during the whole measurement. */
  batching: ServerBatching
  latestGpus?: (() => GpuReading[]) | undefined
  /** Processes that send the load, besides this one. */
  loadProcessIds?: readonly number[] | undefined
}

export interface MeasurementWatch {
  /** Stops watching and returns the observations in the window of this load. */
  end: (result: LoadResult) => Promise<{ observations: MeasurementObservations; machine: MachineSample[] }>
  /** Stops watching a measurement that failed. */
  abandon: () => void
}

/**
 * Watches the machine, the clock and the server during a load, outside of its threads. The server is only queried
 * before and after the load, because calls to its management API share threads with the load.
 */
export async function watchMeasurement({
  server,
  model,
  batching,
  latestGpus,
  loadProcessIds,
}: Watched): Promise<MeasurementWatch> {
  const before = await stateOf(server)
  const countersBefore = await readCounters(server.metricsUrl, model, server.endpoint)
  const watch = watchMachine(before.processIds, { latestGpus, clientProcessIds: loadProcessIds })

  async function end(result: LoadResult) {
    const { machine, means, clockStepMs } = watch.end(result)
    const countersAfter = await readCounters(server.metricsUrl, model, server.endpoint)
    const after = await stateOf(server)
    const counted =
      countersBefore && countersAfter ? countedBetween(countersBefore, countersAfter) : undefined
    const settingsChanged = changedSettings(batching, before.description, after.description)
    const serverRestarted = wasRestarted(before, after)
    const replaced = workersReplaced(before, after)
    return {
      machine,
      observations: {
        clockStepMs,
        ...(settingsChanged !== undefined && { settingsChanged }),
        ...(serverRestarted !== undefined && { serverRestarted }),
        ...(replaced !== undefined && { workersReplaced: replaced }),
        ...(counted !== undefined && { serverCounted: counted }),
        ...means,
      },
    }
  }
  return { end, abandon: watch.abandon }
}

/** A server that does not answer has no state here. The caller decides what this means. */
async function stateOf(server: RunningServer): Promise<ServerState> {
  const answered = async <T>(asked: Promise<T> | undefined): Promise<T | undefined> => {
    try {
      return await asked
    } catch (error) {
      if (error instanceof UserError) return undefined
      throw error
    }
  }
  return {
    description: await answered(server.describe?.()),
    processIds: (await answered(server.processIds())) ?? [],
  }
}

/** The observed state of a server at one time. Each part is absent if it could not be read. */
export interface ServerState {
  description?: ModelDescription | undefined
  /** Processes of the server, including its workers; empty if unknown. */
  processIds: number[]
}

/**
 * The settings after a measurement that differ from the requested or earlier ones, as text; undefined if this cannot be
 * determined. A batch of one never waits, so its delay is ignored.
 */
export function changedSettings(
  asked: ServerBatching,
  before: ModelDescription | undefined,
  after: ModelDescription | undefined,
): string[] | undefined {
  if (before === undefined || after === undefined) return undefined
  const changes: string[] = []
  const compare = (what: string, wanted: string | number | undefined, found: string | number) => {
    if (wanted !== undefined && wanted !== found) changes.push(`${what} ${found} instead of ${wanted}`)
  }
  compare('batch size', asked.serverBatchSize, after.serverBatchSize)
  if (asked.serverBatchSize > 1) compare('max batch delay', asked.maxBatchDelayMs, after.maxBatchDelayMs)
  // On a server given by its address, the number of workers is not requested.
  compare('workers', before.minWorkers, after.minWorkers)
  compare('model version', before.modelVersion, after.modelVersion)
  compare('archive', before.modelUrl, after.modelUrl)
  return changes
}

/**
 * Whether the measurement ended on another server process or a new registration of the model. A worker that crashes is
 * restarted by its server and keeps its start time. This is normal behaviour of the server and does not invalidate the
 * measurement. Undefined if this cannot be determined.
 */
export function wasRestarted(before: ServerState, after: ServerState): boolean | undefined {
  const ownBefore = processesWithoutWorkers(before)
  const gone = ownBefore.some((id) => !after.processIds.includes(id))
  if (gone) return true
  const workersBefore = madeAt(before.description)
  const workersAfter = madeAt(after.description)
  if (workersBefore === undefined || workersAfter === undefined) {
    return ownBefore.length > 0 ? false : undefined
  }
  return workersBefore !== workersAfter
}

/** Number of workers with a different process, although the model was not registered again. */
export function workersReplaced(before: ServerState, after: ServerState): number | undefined {
  if (before.description === undefined || after.description === undefined) return undefined
  if (wasRestarted(before, after) === true) return undefined
  const pidsAfter = new Map(after.description.workers.map(({ id, pid }) => [id, pid]))
  return before.description.workers.filter(({ id, pid }) => pid > 0 && pidsAfter.get(id) !== pid).length
}

function processesWithoutWorkers({ description, processIds }: ServerState): number[] {
  const workers = new Set(description?.workers.map(({ pid }) => pid))
  const own = processIds.filter((id) => !workers.has(id))
  // The embedded server is one process with its workers.
  return own.length > 0 ? own : processIds.filter((id) => id > 0)
}

function madeAt(description: ModelDescription | undefined): string | undefined {
  const workers = description?.workers
  if (workers === undefined || workers.some(({ startTime }) => startTime === undefined)) return undefined
  return workers
    .map(({ id, startTime }) => `${id} ${startTime}`)
    .toSorted()
    .join()
}
