import { UserError } from '../../system/user-error.js'
import type { LoadedScenario } from '../load-scenario.js'
import { expectedS } from './expected-time.js'
import {
  knownWorkers,
  phaseSeed,
  restartKey,
  saturatingFrames,
  type LeftOut,
  type Plan,
  type PlannedMeasurement,
  type Point,
} from './plan.js'
import { expandCombinations, type Combination } from './combinations.js'
import { differingSettings, flattenSettings } from './differing-settings.js'
import { resolveBatching, resolvePoint, resolveServer, type PointSettings } from './resolve-point.js'
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
  const { points, merged } = mergeSame(asked)
  const order = orderMeasurements(points, seed)
  return { points, order, impossible, merged, seed, expectedS: expectedS({ points, order }) }
}

interface NamedSettings {
  name: string
  settings: PointSettings
  /** As written. */
  encoding: string | undefined
}

/** Of equal combinations, the first one is kept. */
function mergeSame(asked: readonly NamedSettings[]): Pick<Plan, 'points' | 'merged'> {
  const kept = new Map<string, { point: Point; first: NamedSettings }>()
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
  return { points: [...kept.values()].map(({ point }) => point), merged }
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
  return combinations.map((_, index) =>
    named
      .filter(({ values }) => values[index] !== undefined)
      .map(({ name, values }) => `${name}=${values[index]}`)
      .join(' '),
  )
}

/**
 * Frames in flight of a closed load that does not set them: one number for all points, because modes and batch sizes
 * are compared at equal frames in flight. The number saturates the server at the largest batch and is rounded up to a
 * multiple of every K.
 */
function defaultFramesInFlight(combinations: readonly Combination[]): number {
  const batchings = combinations.flatMap((combination) => {
    const batching = resolveBatching(combination.batching, resolveRequest(combination.model?.request))
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
function dropWithoutEffect(settings: PointSettings): PointSettings {
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

function withoutFillDeadline(load: PointSettings['load']): PointSettings['load'] {
  if (load.kind === 'closed') return load
  const { fillDeadlineMs: _deadline, ...rest } = load
  return rest
}

/** A key that is equal if the measurement is the same. At batch size 1 both modes send the same requests. */
function measurementKey(settings: PointSettings): string {
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
 * video stay together, because changing those needs a restart.
 */
export function orderMeasurements(points: readonly Point[], seed: number): PlannedMeasurement[] {
  const random = seededRandom(seed)
  const groups = [...new Set(points.map(restartKey))].map((key) =>
    points.filter((point) => restartKey(point) === key),
  )
  return shuffled(groups, random).flatMap((group) => passes(group, seed, random))
}

function passes(points: readonly Point[], seed: number, random: Random): PlannedMeasurement[] {
  const repetitions = Math.max(...points.map((point) => point.measure.repetitions))
  return Array.from({ length: repetitions }, (_, index) => index + 1).flatMap((repetition) => {
    const due = points.filter((point) => point.measure.repetitions >= repetition)
    return shuffled(due, random).map(({ id, load }) => ({
      point: id,
      repetition,
      phaseSeed: phaseSeed(seed, load.kind === 'cameras' ? load.cameras : 0, repetition),
    }))
  })
}
