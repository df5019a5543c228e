import { UserError } from '../../system/user-error.js'
import type { LoadedScenario } from '../load-scenario.js'
import { defaultFramesInFlight } from './default-frames-in-flight.js'
import { dropWithoutEffect, sameCellKey, whySame } from './drop-without-effect.js'
import { expectedS } from './expected-time.js'
import { nameCells } from './name-cells.js'
import { orderMeasurements } from './order-measurements.js'
import type { LeftOut, Plan, Point } from './plan.js'
import { settleCell, type Cell } from './settle-cell.js'
import { writtenCells } from './written-cell.js'

type Planned = Pick<LoadedScenario, 'scenario' | 'seed' | 'file'>

/**
 * What a scenario means: its points, their order, and the cells that are not measured with the reason. Pure: the
 * same scenario and seed give the same plan.
 *
 * @throws UserError (exit 2) where no cell can be measured
 */
export function planScenario({ scenario, seed, file }: Planned): Plan {
  const written = writtenCells(scenario)
  const names = nameCells(written)
  const framesInFlight = defaultFramesInFlight(written)
  const impossible: LeftOut[] = []
  const asked: NamedCell[] = []
  for (const [index, combination] of written.entries()) {
    const name = names[index] ?? ''
    const cell = settleCell(combination, framesInFlight)
    if ('reason' in cell) impossible.push({ cell: name, reason: cell.reason })
    else asked.push({ name, cell })
  }
  if (asked.length === 0) throw nothingLeft(impossible, file)
  const { points, merged } = mergeSame(asked)
  const order = orderMeasurements(points, seed)
  return { points, order, impossible, merged, seed, expectedS: expectedS({ points, order }) }
}

interface NamedCell {
  name: string
  cell: Cell
}

/** The first of equal cells is kept. */
function mergeSame(asked: readonly NamedCell[]): Pick<Plan, 'points' | 'merged'> {
  const kept = new Map<string, { point: Point; asked: Cell }>()
  const merged: LeftOut[] = []
  for (const { name, cell } of asked) {
    const effective = dropWithoutEffect(cell)
    const key = sameCellKey(effective)
    const same = kept.get(key)
    if (same === undefined) kept.set(key, { point: { id: kept.size + 1, ...effective }, asked: cell })
    else merged.push({ cell: name, reason: whySame(cell, same.asked), point: same.point.id })
  }
  return { points: [...kept.values()].map(({ point }) => point), merged }
}

function nothingLeft(impossible: readonly LeftOut[], file: string): UserError {
  const reasons = [...new Set(impossible.map(({ reason }) => reason))]
  return new UserError('nothing is left to measure: no combination of the scenario can be', {
    where: file,
    excerpt: reasons.map((reason) => `  ${reason}`).join('\n'),
    expected: 'frames in flight that are a multiple of framesPerRequest (client batching: of batchSize)',
    remedy: 'Raise framesInFlight, or write batchesInFlight in its place, which fits every batch size.',
  })
}
