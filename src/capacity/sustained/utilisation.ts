import { Distribution } from '../../analysis/distribution.js'
import { knownAfter } from '../../analysis/read-missing.js'
import { mean, median, sampleStandardDeviation } from 'simple-statistics'
import type { MeasurementInput } from '../../run/read-measurement.js'
import { Outcome } from '../../run/record.js'
import { partsOf } from '../../run/sample-parts.js'
import { meanBatchMs, smallestUncertainty, type ServiceModel } from '../simulator/service-model.js'
import type { SimulatedSetting } from '../simulator/simulated-setting.js'
import type { ValueRange } from './value-range.js'

const blocks = 10

/**
 * The ceiling that a saturated closed load shows: frames per second answered, and how far that may be off. Its
 * uncertainty is twice the standard error over ten blocks of whole batches.
 *
 * @param fps as the analysis computes it
 */
export function measuredCeiling(
  fps: number,
  { samples, record, point }: Pick<MeasurementInput, 'samples' | 'record' | 'point'>,
): ValueRange {
  const { windowStartUs, windowEndUs } = record
  const answeredUs = new Distribution()
  const addAnswers = (to: { add: (us: number) => void }) => {
    for (const { requests } of partsOf(samples, 'answeredUs', ['outcome']))
      for (let row = 0; row < requests.count; row++) {
        const us = requests.answeredUs[row]!
        if (requests.outcome[row] === Outcome.ok && us > windowStartUs && us <= windowEndUs) to.add(us)
      }
  }
  addAnswers(answeredUs)
  const { serverBatchSize } = point.batching
  const blockLength = Math.floor(answeredUs.length / blocks / serverBatchSize) * serverBatchSize
  if (blockLength === 0) return around(fps, 2 * smallestUncertainty)
  const durations = knownAfter(
    answeredUs,
    (times) => {
      const edges = Array.from({ length: blocks }, (_, block) => times.at(block * blockLength)!)
      return edges.slice(1).map((us, block) => us - edges[block]!)
    },
    addAnswers,
  )
  const standardError = sampleStandardDeviation(durations) / Math.sqrt(durations.length) / mean(durations)
  return around(fps, Math.max(smallestUncertainty, 2 * standardError))
}

/**
 * The ceiling that repetitions of a saturated closed load show: their median. Its uncertainty is twice the standard error,
 * from the repetitions or from the blocks within them, whichever is larger.
 *
 * @returns undefined without a repetition
 */
export function pooledCeiling(repetitions: readonly ValueRange[]): ValueRange | undefined {
  const [first] = repetitions
  if (first === undefined || repetitions.length === 1) return first
  const values = repetitions.map(({ value }) => value)
  const within = median(repetitions.map(({ value, high }) => high / value - 1))
  const between = (2 * sampleStandardDeviation(values)) / mean(values)
  const uncertainty = Math.max(within, between) / Math.sqrt(repetitions.length)
  return around(median(values), Math.max(smallestUncertainty, uncertainty))
}

/** The ceiling that follows from the service times: all workers with full batches, one after the other. */
export function fittedCeiling(
  { framesPerRequest, server }: Pick<SimulatedSetting, 'framesPerRequest' | 'server'>,
  model: ServiceModel,
): ValueRange {
  const batchSize = framesPerRequest * server.serverBatchSize
  return around((1000 * server.workers * batchSize) / meanBatchMs(model, batchSize), model.uncertainty)
}

/** Offered frames per second ÷ ceiling. Where two ceilings are known, the range covers both. */
export function utilisation(
  offeredFps: number,
  measured: ValueRange | undefined,
  fitted: ValueRange | undefined,
): ValueRange {
  const known = [measured, fitted].filter((ceiling) => ceiling !== undefined)
  if (known.length === 0) throw new Error('utilisation needs a ceiling')
  return {
    value: offeredFps / known[0]!.value,
    low: offeredFps / Math.max(...known.map(({ high }) => high)),
    high: offeredFps / Math.min(...known.map(({ low }) => low)),
  }
}

function around(value: number, uncertainty: number): ValueRange {
  return { value, low: value / (1 + uncertainty), high: value * (1 + uncertainty) }
}
