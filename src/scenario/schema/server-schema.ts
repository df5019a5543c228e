import * as z from 'zod'
import { UserError } from '../../system/user-error.js'
import { parseServer } from '../grammar/parse-server.js'
import { urlServerSchema } from './url-server-schema.js'
import { defaults } from './defaults.js'
import { section } from './section.js'
import { sweep } from './sweep.js'

const jitter = z.union([z.number().min(0).max(1), z.string().regex(/^\d+(\.\d+)?%$/)])

const embeddedServerSchema = section(
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

const shape = {
  workers: workersField(defaults.torchserve.workers),
  handler: sweep(z.string().min(1))
    .optional()
    .meta({ description: 'An own handler file in place of the one that ships.' }),
}

const autoServerSchema = section(
  'autoServer',
  'TorchServe where there is Python, else the embedded server.',
  {
    kind: z
      .literal('auto')
      .meta({ description: 'Managed TorchServe; the embedded server where there is no Python.' }),
    ...shape,
  },
)

const torchserveSchema = section('torchserveServer', 'TorchServe, installed and started by framestorm.', {
  kind: z.literal('torchserve').meta({ description: 'Managed TorchServe 0.12.' }),
  ...shape,
})

const serverText = z
  .string()
  .superRefine((text, context) => {
    try {
      parseServer(text)
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      const { expected, received, remedy } = error.parts
      context.addIssue({ code: 'custom', message: error.message, params: { expected, received, remedy } })
    }
  })
  .meta({
    description:
      'auto | torchserve[:workers=2,handler=path.py] | ' +
      'embedded[:tau=7ms,alpha=25ms,jitter=5%,workers=1,table=run] | http(s)://host:port',
  })

const serverMapping = z.discriminatedUnion('kind', [
  autoServerSchema,
  torchserveSchema,
  embeddedServerSchema,
  urlServerSchema,
])

/** One server as written, in a scenario or (text only) in `--server`. */
export const serverSchema = z.union([serverText, serverMapping])

/** The field `workers` of a server that we start. */
function workersField(byDefault: number) {
  return sweep(z.int().min(1).max(64))
    .optional()
    .meta({ description: 'Worker processes of the model.', default: byDefault })
}
