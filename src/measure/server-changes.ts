import type { ModelDescription } from '../server/management/describe-model.js'
import type { ServerBatching } from '../server/running-server.js'

/** What was seen of a server at one moment; each part absent where it could not be asked. */
export interface ServerState {
  description?: ModelDescription
  /** Processes of the server, its workers included; empty where unknown. */
  processIds: number[]
}

/**
 * What is in force after a measurement and is not what was asked for or found before it, in words; undefined where
 * nobody could look. A batch of one never waits, so its delay says nothing. Pure.
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
  // Somebody else's server has the workers that its owner gave it.
  compare('workers', before.minWorkers, after.minWorkers)
  compare('model version', before.modelVersion, after.modelVersion)
  compare('archive', before.modelUrl, after.modelUrl)
  return changes
}

/**
 * Whether another server, or a model registered anew, ended the measurement. A worker that crashes is restarted by
 * its server and keeps its start time: that is the server's own doing, and no reason to disbelieve what was
 * measured of it. Undefined where nobody could look. Pure.
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

/** Workers whose process is no longer the one that it was, though nobody registered the model anew. Pure. */
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
