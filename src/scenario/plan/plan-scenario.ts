import { UserError } from '../../system/user-error.js'
import type { LoadedScenario } from '../load-scenario.js'
import { expectedS } from './expected-time.js'
import { orderMeasurements } from './order-measurements.js'
import type { LeftOut, Plan, Point } from './plan.js'
import type { Cell } from './settle-cell.js'
import { settleCell } from './settle-cell.js'
import type { WrittenCell } from './written-cell.js'
import { writtenCells } from './written-cell.js'
import { differingSettings, settingsOf } from './differing-settings.js'
import { settleBatching } from './settle-batching.js'
import { settleServer } from './settle-server.js'
import { defaults } from '../schema/defaults.js'

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

/**
 * A name for each cell that says what sets it apart: the settings in which the cells differ, as
 * `mode=client batchSize=8`; of a cell that is alone, how it batches and loads.
 */
function nameCells(cells: readonly WrittenCell[]): string[] {
  const differing = differingSettings(cells)
  const named =
    differing.length > 0 ? differing : settingsOf(cells.map(({ batching, load }) => ({ batching, load })))
  return cells.map((_, index) =>
    named
      .filter(({ values }) => values[index] !== undefined)
      .map(({ name, values }) => `${name}=${values[index]}`)
      .join(' '),
  )
}

/**
 * Frames in flight where a closed load names none: one number for all points, since modes and batch sizes are
 * compared at equal frames in flight. With W workers TorchServe is only busy all the time from (W + 1) batches on
 * (one that waits for each that runs, and one being collected), so it is that for the largest batch, rounded up
 * to a multiple of every K.
 */
function defaultFramesInFlight(cells: readonly WrittenCell[]): number {
  const batchings = cells.flatMap((cell) => {
    const settled = settleBatching(cell.batching)
    return 'reason' in settled ? [] : [settled]
  })
  const workers = cells
    .map((cell) => settleServer(cell.server))
    .map((server) => ('workers' in server ? server.workers : 1))
  const enough = (Math.max(1, ...workers) + 1) * Math.max(1, ...batchings.map(({ batchSize }) => batchSize))
  const multiple = batchings.map(({ framesPerRequest }) => framesPerRequest).reduce(leastCommonMultiple, 1)
  return Math.ceil(enough / multiple) * multiple
}

function leastCommonMultiple(a: number, b: number): number {
  return (a / greatestCommonDivisor(a, b)) * b
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}

/** The cell without the settings that change nothing, so that cells which are the same also look the same. */
function dropWithoutEffect(cell: Cell): Cell {
  const { framesPerRequest, serverBatchSize } = cell.batching
  const { maxBatchDelayMs: _delay, ...batching } = cell.batching
  return {
    ...cell,
    batching: {
      ...(serverBatchSize === 1 ? batching : cell.batching),
      encoding: framesPerRequest === 1 ? 'raw' : batching.encoding,
    },
    load: framesPerRequest === 1 ? withoutFillDeadline(cell.load) : cell.load,
    measure:
      cell.measure.passes === undefined
        ? cell.measure
        : { ...cell.measure, durationS: defaults.measure.durationS },
  }
}

function withoutFillDeadline(load: Cell['load']): Cell['load'] {
  if (load.kind === 'closed') return load
  const { fillDeadlineMs: _deadline, ...rest } = load
  return rest
}

/** Equal for cells that would be the same measurement. At batch size 1 both modes send the same requests. */
function sameCellKey(cell: Cell): string {
  const { mode, ...batching } = cell.batching
  return JSON.stringify({ ...cell, batching: batching.batchSize === 1 ? batching : { mode, ...batching } })
}

/** Why two cells, as asked for, are the same measurement. */
function whySame(asked: Cell, kept: Cell): string {
  const reasons: string[] = []
  if (asked.batching.mode !== kept.batching.mode) {
    reasons.push('at batch size 1 server and client batching send the same requests')
  }
  if (asked.batching.maxBatchDelayMs !== kept.batching.maxBatchDelayMs) {
    reasons.push('TorchServe waits for no batch of one request')
  }
  if (asked.batching.encoding !== kept.batching.encoding) reasons.push('a single frame always travels raw')
  if (JSON.stringify(asked.load) !== JSON.stringify(kept.load))
    reasons.push('a request of one frame has nothing to fill')
  if (asked.measure.durationS !== kept.measure.durationS) reasons.push('passes take the place of durationS')
  return reasons.length === 0 ? 'it has the same settings' : reasons.join('; ')
}
