import type { BatchingMode, BatchingSettings } from '../scenario/plan/plan.js'

/** What makes a setting simple to run. */
export type SettingCost = Pick<
  BatchingSettings,
  'mode' | 'framesPerRequest' | 'serverBatchSize' | 'maxBatchDelayMs' | 'protocol'
> & { workers: number }

/**
 * What decides between settings that carry as many cameras, in this order:
 *
 * - `workers`: each worker holds the model in memory once more, and shares the cores with the others.
 * - `batching`: without batching there is nothing to configure, and no frame waits for others.
 * - `batchSize`: a smaller batch needs less memory, and fewer frames are lost with one that fails.
 * - `mode`: server batching leaves the client as it is. With client batching each edge device has to collect frames, and
 *   hybrid batching has to be configured on both sides.
 * - `protocol`: any HTTP client and proxy will do. gRPC needs a generated client, and proxies that pass on HTTP/2.
 * - `maxBatchDelay`: with few cameras, each batch waits for the whole delay.
 */
export type SimplicityCriterion = 'workers' | 'batching' | 'batchSize' | 'mode' | 'protocol' | 'maxBatchDelay'

const modeRank: Record<BatchingMode, number> = { server: 0, client: 1, hybrid: 2 }

const criteria: readonly (readonly [SimplicityCriterion, (setting: SettingCost) => number])[] = [
  ['workers', ({ workers }) => workers],
  ['batching', (setting) => (batchSizeOf(setting) === 1 ? 0 : 1)],
  ['batchSize', batchSizeOf],
  ['mode', (setting) => (batchSizeOf(setting) === 1 ? 0 : modeRank[setting.mode])],
  ['protocol', ({ protocol }) => (protocol === undefined ? 0 : 1)],
  ['maxBatchDelay', ({ maxBatchDelayMs }) => maxBatchDelayMs ?? 0],
]

function batchSizeOf({ framesPerRequest, serverBatchSize }: SettingCost): number {
  return framesPerRequest * serverBatchSize
}

/** The criterion by which one setting is simpler than another; undefined if it is not. */
export function simplerBy(one: SettingCost, other: SettingCost): SimplicityCriterion | undefined {
  const deciding = criteria.find(([, cost]) => cost(one) !== cost(other))
  return deciding !== undefined && deciding[1](one) < deciding[1](other) ? deciding[0] : undefined
}

/** For sorting: the simpler setting first. */
export function compareSimplicity(one: SettingCost, other: SettingCost): number {
  if (simplerBy(one, other) !== undefined) return -1
  return simplerBy(other, one) === undefined ? 0 : 1
}
