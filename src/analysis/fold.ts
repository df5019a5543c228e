import type { MeasurementSamples } from '../run/record.js'
import { partsOf, type RequestOrder, type Samples } from '../run/sample-parts.js'

/** A figure of a measurement that is computed part by part, while its samples are read once. */
export interface Fold<Figure> {
  add: (part: MeasurementSamples) => void
  result: () => Figure
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
