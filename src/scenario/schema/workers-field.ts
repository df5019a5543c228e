import * as z from 'zod'
import { sweep } from './sweep.js'

/** The field `workers` of a server that we start. */
export function workersField(byDefault: number) {
  return sweep(z.int().min(1).max(64))
    .optional()
    .meta({ description: 'Worker processes of the model.', default: byDefault })
}
