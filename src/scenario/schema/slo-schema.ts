import * as z from 'zod'
import { defaults } from './defaults.js'
import { section } from './section.js'
import { sweep } from './sweep.js'

const shape = {
  latencyMs: sweep(z.number().gt(0)).meta({
    description: 'The latency that is still good, ms: of frames from cameras, of requests in a closed load.',
  }),
  percentile: sweep(z.number().gt(0).lt(100)).optional().meta({
    description: 'The percentile of latency that must keep it.',
    default: defaults.slo.percentile,
  }),
}

export const sloSchema = section(
  'slo',
  'The service level that goodput and the outcome are judged by.',
  shape,
)

/** The same fields, none required: laid over the slo of the scenario by an entry of `points`. */
export const sloOverlaySchema = section('sloOverlay', 'Fields that differ from `slo`.', {
  ...shape,
  latencyMs: shape.latencyMs.optional(),
})
