import * as z from 'zod'
import { defaults } from './defaults.js'
import { section } from './section.js'
import { sweep } from './sweep.js'
import { workersField } from './workers-field.js'

const jitter = z.union([z.number().min(0).max(1), z.string().regex(/^\d+(\.\d+)?%$/)])

export const embeddedServerSchema = section(
  'embeddedServer',
  'A simulated server with a service time t(b) = tau + alpha·b.',
  {
    kind: z.literal('embedded').meta({ description: 'The embedded, simulated server.' }),
    tauMs: sweep(z.number().min(0)).optional().meta({
      description: 'Service time of a batch that no frame adds to, ms.',
      default: defaults.embedded.tauMs,
    }),
    alphaMs: sweep(z.number().min(0)).optional().meta({
      description: 'Service time that each frame of a batch adds, ms.',
      default: defaults.embedded.alphaMs,
    }),
    jitter: sweep(jitter).optional().meta({
      description: 'Standard deviation of the service time as a share of it: 0.05 or 5%.',
      default: defaults.embedded.jitter,
    }),
    workers: workersField(defaults.embedded.workers),
    table: sweep(z.string().min(1))
      .optional()
      .meta({ description: 'A run folder whose measured batch times replace the formula.' }),
    faults: z
      .record(z.string(), z.union([z.string(), z.number()]))
      .optional()
      .meta({
        description:
          'Faults on demand, by name, such as { kill: every 50, slow: 3x 1%, refuse: after 5s for 2s }.',
      }),
  },
)
