import { isMapping } from '../text/is-mapping.js'
import type { WrittenPoint, WrittenScenario } from './scenario-schema.js'

/**
 * The settings of one entry of `points`: its fields laid over those of the scenario, section by section. A server
 * or a load is replaced whole, because the fields of one kind mean nothing to another.
 */
export function layPointOver(scenario: WrittenScenario, entry: WrittenPoint): WrittenScenario {
  const { points: _points, ...base } = scenario
  return {
    ...base,
    video: over(base.video, entry.video),
    server: entry.server ?? base.server,
    model: over(base.model, entry.model),
    batching: over(base.batching, entry.batching, withoutOtherSpelling),
    load: entry.load ?? base.load,
    measure: over(base.measure, entry.measure),
    slo: over(base.slo, entry.slo),
  }
}

type Mapping = Record<string, unknown>
type Prepare = (base: Mapping, entry: Mapping) => Mapping

/** A section keeps its type: an entry has the same fields, and where it names none the section stays as it is. */
function over<T>(base: T, entry: Mapping | undefined, prepare?: Prepare): T
function over(base: unknown, entry: Mapping | undefined, prepare: Prepare = (section) => section): unknown {
  if (entry === undefined) return base
  // A list of sections is swept: the fields are laid over each of them.
  if (Array.isArray(base)) return base.map((element: unknown) => over(element, entry, prepare))
  return { ...prepare(isMapping(base) ? base : {}, entry), ...entry }
}

/** An entry that spells batching as K and B replaces a mode and batchSize of the scenario, and the reverse. */
function withoutOtherSpelling(base: Mapping, entry: Mapping): Mapping {
  const { mode, framesPerRequest, serverBatchSize, batchSize, ...rest } = base
  if ('framesPerRequest' in entry || 'serverBatchSize' in entry) {
    return { ...rest, framesPerRequest, serverBatchSize }
  }
  if ('mode' in entry) return { ...rest, mode, batchSize }
  return base
}
