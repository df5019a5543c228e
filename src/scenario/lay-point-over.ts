import type { WrittenPoint, WrittenScenario } from './scenario-schema.js'

/**
 * The settings of one entry of `points`: its fields laid over those of the scenario, section by section. A server
 * or a load is replaced whole, because the fields of one kind mean nothing to another.
 */
export function layPointOver(scenario: WrittenScenario, entry: WrittenPoint): WrittenScenario {
  const { points: _points, ...base } = scenario
  return {
    ...base,
    video: over(base.video, entry.video) as WrittenScenario['video'],
    server: entry.server ?? base.server,
    model: over(base.model, entry.model),
    batching: over(base.batching, entry.batching, withoutOtherSpelling),
    load: entry.load ?? base.load,
    measure: over(base.measure, entry.measure),
    slo: over(base.slo, entry.slo) as WrittenScenario['slo'],
  }
}

type Mapping = Record<string, unknown>

/** Where the section of the scenario is a list, the fields are laid over each of its elements. */
function over<T extends object>(
  base: T | T[] | undefined,
  entry: Mapping | undefined,
  prepare: (base: Mapping, entry: Mapping) => Mapping = (base) => base,
): T | T[] | undefined {
  if (entry === undefined) return base
  if (Array.isArray(base)) return base.map((element) => over(element, entry, prepare) as T)
  return { ...prepare({ ...base }, entry), ...entry } as T
}

/** An entry that spells batching as K and B replaces a mode and batchSize of the scenario, and the reverse. */
function withoutOtherSpelling(base: Mapping, entry: Mapping): Mapping {
  const { mode, framesPerRequest, serverBatchSize, batchSize, ...rest } = base
  if ('framesPerRequest' in entry || 'serverBatchSize' in entry)
    return { ...rest, framesPerRequest, serverBatchSize }
  if ('mode' in entry) return { ...rest, mode, batchSize }
  return base
}
