import { UserError } from '../../system/user-error.js'
import type { LoadedScenario } from '../load-scenario.js'
import { expectedS } from './expected-time.js'
import {
  knownWorkers,
  phaseSeed,
  restartKey,
  saturatingFrames,
  type LeftOut,
  isOfCeiling,
  type CeilingPoint,
  type Plan,
  type PlannedMeasurement,
  type PlannedPoint,
  type Point,
} from './plan.js'
import { expandCombinations, type Combination } from './combinations.js'
import { differingSettings, flattenSettings, nameRow } from './differing-settings.js'
import { resolveBatching, resolvePoint, resolveServer, type PlannedSettings } from './resolve-point.js'
import { resolveRequest } from './resolve-request.js'
import { measure } from '../schema/measure.js'
import { seededRandom, shuffled, type Random } from '../../system/seeded-random.js'

type Planned = Pick<LoadedScenario, 'entries' | 'seed' | 'file'>

/**
 * Plans a scenario: its points, their order, and the combinations that are not measured, each with the reason. The same
 * scenario and seed give the same plan.
 *
 * @throws UserError (exit 2) if no combination can be measured
 */
export function planScenario({ entries, seed, file }: Planned): Plan {
  const combinations = expandCombinations(entries)
  const names = nameCombinations(combinations)
  const framesInFlight = defaultFramesInFlight(combinations)
  const impossible: LeftOut[] = []
  const asked: NamedSettings[] = []
  for (const [index, combination] of combinations.entries()) {
    const name = names[index] ?? ''
    const settings = resolvePoint(combination, framesInFlight)
    if ('reason' in settings) impossible.push({ cell: name, reason: settings.reason })
    else asked.push({ name, settings, encoding: combination.batching?.encoding })
  }
  if (asked.length === 0) throw nothingLeft(impossible, file)
  const { planned, merged } = mergeSame(asked)
  const ofCeiling = planned.filter(isOfCeiling)
  const points = planned.filter((point): point is Point => !isOfCeiling(point))
  requireCeilings(ofCeiling, points, file)
  const order = orderMeasurements(planned, seed)
  return {
    points,
    ...(ofCeiling.length > 0 && { ofCeiling }),
    order,
    impossible,
    merged,
    seed,
    expectedS: expectedS({ points, ofCeiling, order }),
  }
}

interface NamedSettings {
  name: string
  settings: PlannedSettings
  /** As written. */
  encoding: string | undefined
}

/** Of equal combinations, the first one is kept. */
function mergeSame(asked: readonly NamedSettings[]): { planned: PlannedPoint[]; merged: LeftOut[] } {
  const kept = new Map<string, { point: PlannedPoint; first: NamedSettings }>()
  const merged: LeftOut[] = []
  for (const combination of asked) {
    const effective = dropWithoutEffect(combination.settings)
    const key = measurementKey(effective)
    const same = kept.get(key)
    if (same === undefined) kept.set(key, { point: { id: kept.size + 1, ...effective }, first: combination })
    else {
      const reason = whySame(combination, same.first)
      merged.push({ cell: combination.name, reason, point: same.point.id })
    }
  }
  return { planned: [...kept.values()].map(({ point }) => point), merged }
}

/**
 * Ceilings of different servers, models or videos say nothing about each other.
 *
 * @throws UserError (exit 2) if there is no closed point to measure a ceiling with
 */
function requireCeilings(ofCeiling: readonly CeilingPoint[], points: readonly Point[], file: string): void {
  const keys = new Set(points.filter(({ load }) => load.kind === 'closed').map(restartKey))
  const first = ofCeiling.find((point) => !keys.has(restartKey(point)))
  if (first === undefined) return
  const { server, model, video } = first
  throw new UserError('load.ofCeiling needs a closed load of the same server, model and video', {
    where: file,
    expected: 'a closed point, whose FPS is the ceiling',
    received: `none with server ${server.kind}, model ${model.name} and video ${video.width}x${video.height}`,
    remedy: 'Add for example `{ kind: closed }` to its loads, or write a number of cameras.',
  })
}

function nothingLeft(impossible: readonly LeftOut[], file: string): UserError {
  const reasons = [...new Set(impossible.map(({ reason }) => reason))]
  return new UserError('every combination of the scenario is impossible', {
    where: file,
    excerpt: reasons.map((reason) => `  ${reason}`).join('\n'),
    expected: 'at least one combination that can be measured',
    remedy: reasons.some((reason) => reason.includes('frames in flight'))
      ? 'Increase framesInFlight, or use batchesInFlight, which fits every batch size.'
      : 'Change the setting that each reason names.',
  })
}

/**
 * A name for each combination, made of the settings in which the combinations differ, such as `mode=client
 * batchSize=8`. A single combination is named by its batching and load.
 */
function nameCombinations(combinations: readonly Combination[]): string[] {
  const differing = differingSettings(combinations)
  const named =
    differing.length > 0
      ? differing
      : flattenSettings(combinations.map(({ batching, load }) => ({ batching, load })))
  return combinations.map((_, index) => nameRow(named, index))
}

/**
 * Frames in flight of a closed load that does not set them: one number for all points, because modes and batch sizes
 * are compared at equal frames in flight. The number saturates the server at the largest batch and is rounded up to a
 * multiple of every K.
 */
function defaultFramesInFlight(combinations: readonly Combination[]): number {
  const batchings = combinations.flatMap((combination) => {
    const batching = resolveBatching(combination.batching, {
      request: resolveRequest(combination.model?.request),
      protocol: combination.server?.protocol,
      api: combination.server?.api,
    })
    return 'reason' in batching ? [] : [batching]
  })
  const workers = Math.max(
    1,
    ...combinations.map(({ server }) => knownWorkers({ server: resolveServer(server) })),
  )
  const batchSize = Math.max(1, ...batchings.map((batching) => batching.batchSize))
  const enough = saturatingFrames(batchSize, workers)
  const multiple = batchings.map(({ framesPerRequest }) => framesPerRequest).reduce(leastCommonMultiple, 1)
  return Math.ceil(enough / multiple) * multiple
}

function leastCommonMultiple(a: number, b: number): number {
  return (a / greatestCommonDivisor(a, b)) * b
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}

/** The settings without those that have no effect, so that equal measurements also have equal settings. */
function dropWithoutEffect(settings: PlannedSettings): PlannedSettings {
  const { framesPerRequest, serverBatchSize } = settings.batching
  const { maxBatchDelayMs: _delay, ...withoutDelay } = settings.batching
  return {
    ...settings,
    batching: serverBatchSize === 1 ? withoutDelay : settings.batching,
    load: framesPerRequest === 1 ? withoutFillDeadline(settings.load) : settings.load,
    measure:
      settings.measure.passes === undefined
        ? settings.measure
        : { ...settings.measure, durationS: measure.defaults.durationS },
  }
}

function withoutFillDeadline(load: PlannedSettings['load']): PlannedSettings['load'] {
  if (load.kind === 'closed') return load
  const { fillDeadlineMs: _deadline, ...rest } = load
  return rest
}

/** A key that is equal if the measurement is the same. At batch size 1 both modes send the same requests. */
function measurementKey(settings: PlannedSettings): string {
  const { mode, ...batching } = settings.batching
  return JSON.stringify({
    ...settings,
    batching: batching.batchSize === 1 ? batching : { mode, ...batching },
  })
}

/** The reason why two combinations, as written, are the same measurement. */
function whySame(combination: NamedSettings, first: NamedSettings): string {
  const { settings: asked } = combination
  const { settings: kept } = first
  const reasons: string[] = []
  if (asked.batching.mode !== kept.batching.mode) {
    reasons.push('at batch size 1 server and client batching send the same requests')
  }
  if (asked.batching.maxBatchDelayMs !== kept.batching.maxBatchDelayMs) {
    reasons.push('TorchServe does not wait if serverBatchSize is 1')
  }
  if (combination.encoding !== first.encoding) {
    reasons.push(`encoding auto is ${asked.batching.encoding} for these requests`)
  }
  if (JSON.stringify(asked.load) !== JSON.stringify(kept.load))
    reasons.push('a request of one frame is never partial')
  if (asked.measure.durationS !== kept.measure.durationS) reasons.push('passes replaces durationS')
  return reasons.length === 0 ? 'the settings are the same' : reasons.join('; ')
}

/**
 * All measurements in seeded random order. Each repetition is one pass over all points in a new random order, so that a
 * machine that slows down during a run favours neither a mode nor a batch size. Points with the same server, model and
 * video stay together, because changing those needs a restart. If cameras depend on the ceiling, the closed points come
 * first in the first repetition.
 */
export function orderMeasurements(points: readonly PlannedPoint[], seed: number): PlannedMeasurement[] {
  const random = seededRandom(seed)
  const groups = [...new Set(points.map(restartKey))].map((key) =>
    points.filter((point) => restartKey(point) === key),
  )
  return shuffled(groups, random).flatMap((group) => passes(group, seed, random))
}

function passes(points: readonly PlannedPoint[], seed: number, random: Random): PlannedMeasurement[] {
  const repetitions = Math.max(...points.map((point) => point.measure.repetitions))
  return Array.from({ length: repetitions }, (_, index) => index + 1).flatMap((repetition) => {
    const due = points.filter((point) => point.measure.repetitions >= repetition)
    const isFirst = ({ load }: PlannedPoint) => load.kind === 'closed'
    const blocks =
      repetition === 1 && points.some(isOfCeiling)
        ? [due.filter(isFirst), due.filter((point) => !isFirst(point))]
        : [due]
    return blocks
      .flatMap((block) => shuffled(block, random))
      .map(({ id, load }) => ({
        point: id,
        repetition,
        // Where the number of cameras is not known yet, the seed is set with it.
        phaseSeed: phaseSeed(seed, 'cameras' in load ? load.cameras : 0, repetition),
      }))
  })
}
