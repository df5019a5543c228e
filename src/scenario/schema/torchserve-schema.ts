import * as z from 'zod'
import { defaults } from './defaults.js'
import { section } from './section.js'
import { sweep } from './sweep.js'
import { workersField } from './workers-field.js'

const shape = {
  workers: workersField(defaults.torchserve.workers),
  handler: sweep(z.string().min(1))
    .optional()
    .meta({ description: 'An own handler file in place of the one that ships.' }),
}

export const autoServerSchema = section(
  'autoServer',
  'TorchServe where there is Python, else the embedded server.',
  {
    kind: z
      .literal('auto')
      .meta({ description: 'Managed TorchServe; the embedded server where there is no Python.' }),
    ...shape,
  },
)

export const torchserveSchema = section(
  'torchserveServer',
  'TorchServe, installed and started by framestorm.',
  { kind: z.literal('torchserve').meta({ description: 'Managed TorchServe 0.12.' }), ...shape },
)
