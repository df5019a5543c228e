import type { MeasurementSamples, RequestField } from '../run/record.js'
import { partsOf, type RequestOrder, type Samples } from '../run/sample-parts.js'

/** A figure of a measurement that is computed part by part, while its samples are read once. */
export interface Fold<Figure> {
  add: (part: MeasurementSamples) => void
  result: () => Figure
}

/** Takes the parts of the samples one after the other. */
export interface PartReader {
  add: (part: MeasurementSamples) => void
  /** What it reads of requests, besides what every part has. */
  fields: readonly RequestField[]
}

/** The figure of all samples. */
export function foldOver<Figure>(
  samples: Samples,
  fold: Fold<Figure>,
  order: RequestOrder = 'sentUs',
): Figure {
  for (const part of partsOf(samples, order)) fold.add(part)
  return fold.result()
}
