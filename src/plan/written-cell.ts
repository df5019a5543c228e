import { layPointOver } from '../scenario/lay-point-over.js'
import type { WrittenScenario } from '../scenario/scenario-schema.js'
import { expandSweeps, type OneOf } from './expand-sweeps.js'

type Sections = Pick<WrittenScenario, 'video' | 'server' | 'model' | 'batching' | 'load' | 'measure' | 'slo'>

/** One combination as the scenario says it, defaults not applied. */
export type WrittenCell = OneOf<Sections>

/** All combinations of a scenario, in its order: the cross product, or each entry of `points` expanded. */
export function writtenCells(scenario: WrittenScenario): WrittenCell[] {
  const combinations = scenario.points?.map((entry) => layPointOver(scenario, entry)) ?? [scenario]
  return combinations.flatMap(({ video, server, model, batching, load, measure, slo }) =>
    expandSweeps<Sections>({ video, server, model, batching, load, measure, slo }),
  )
}
