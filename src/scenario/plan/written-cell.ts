import { UserError } from '../../system/user-error.js'
import { layPointOver } from '../schema/lay-point-over.js'
import type { WrittenScenario } from '../schema/scenario-schema.js'
import { countSweeps, expandSweeps, type OneOf } from './expand-sweeps.js'

type Sections = Pick<WrittenScenario, 'video' | 'server' | 'model' | 'batching' | 'load' | 'measure' | 'slo'>

/** One combination as the scenario says it, defaults not applied. */
export type WrittenCell = OneOf<Sections>

/** At one second each this is close to three hours: more is a slip of the pen. */
const mostCombinations = 10_000

/**
 * All combinations of a scenario, in its order: the cross product, or each entry of `points` expanded.
 *
 * @throws UserError where the lists multiply to more than anybody could measure
 */
export function writtenCells(scenario: WrittenScenario): WrittenCell[] {
  const entries = scenario.points?.map((entry) => layPointOver(scenario, entry)) ?? [scenario]
  const sections = entries.map(({ video, server, model, batching, load, measure, slo }): Sections => ({
    video,
    server,
    model,
    batching,
    load,
    measure,
    slo,
  }))
  const count = countSweeps(sections)
  if (count > mostCombinations) {
    throw new UserError('the scenario sweeps too much', {
      expected: `at most ${mostCombinations} combinations`,
      received: `${count} combinations`,
      remedy: 'Shorten the lists, or list the combinations that matter under points.',
    })
  }
  return sections.flatMap((entry) => expandSweeps(entry))
}
