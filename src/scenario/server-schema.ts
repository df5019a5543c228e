import * as z from 'zod'
import { UserError } from '../errors/user-error.js'
import { defaults } from './defaults.js'
import { httpUrlProblem } from './http-url.js'
import { parseServer } from './parse-server.js'
import { section } from './section.js'
import { sweep } from './sweep.js'

const workers = (byDefault: number) =>
  sweep(z.int().min(1).max(64))
    .optional()
    .meta({ description: 'Worker processes of the model.', default: byDefault })

const url = z.string().superRefine((text, context) => {
  const problem = httpUrlProblem(text)
  if (problem !== undefined)
    context.addIssue({ code: 'custom', message: problem.message, params: problem.parts })
})

const handler = z.string().min(1)

const autoServer = section('autoServer', 'TorchServe where there is Python, else the embedded server.', {
  kind: z
    .literal('auto')
    .meta({ description: 'Managed TorchServe; the embedded server where there is no Python.' }),
  workers: workers(defaults.torchserve.workers),
  handler: sweep(handler)
    .optional()
    .meta({ description: 'An own handler file in place of the one that ships.' }),
})

const torchserveServer = section('torchserveServer', 'TorchServe, installed and started by framestorm.', {
  kind: z.literal('torchserve').meta({ description: 'Managed TorchServe 0.12.' }),
  workers: workers(defaults.torchserve.workers),
  handler: sweep(handler)
    .optional()
    .meta({ description: 'An own handler file in place of the one that ships.' }),
})

const jitter = z.union([z.number().min(0).max(1), z.string().regex(/^\d+(\.\d+)?%$/)])

const embeddedServer = section(
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
    workers: workers(defaults.embedded.workers),
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

const urlServer = section('urlServer', 'A TorchServe that runs already.', {
  kind: z.literal('url').meta({ description: 'A server by its address.' }),
  inferenceUrl: sweep(url).meta({ description: 'Inference address such as http://host:8080.' }),
  managementUrl: url.optional().meta({ description: 'Management address such as http://host:8081.' }),
  metricsUrl: url.optional().meta({ description: 'Metrics address such as http://host:8082.' }),
  logFile: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'Its ts_log.log, where this machine can read it: tells the batches formed.' }),
  tokenEnv: z
    .string()
    .superRefine((name, context) => {
      if (/^[A-Za-z_]\w*$/.test(name)) return
      context.addIssue({
        code: 'custom',
        message: 'tokenEnv is not the name of an environment variable',
        params: {
          secret: true,
          expected: 'a name such as TS_TOKEN',
          received: 'something else (not shown: it may be a token)',
          remedy: 'Put the token into an environment variable and write the name of that variable here.',
        },
      })
    })
    .optional()
    .meta({ description: 'Environment variable that holds the token; the token itself belongs in no file.' }),
  manage: z.boolean().optional().meta({
    description: 'Change batch settings through the management API, and restore them afterwards.',
    default: false,
  }),
})

const managedUrlServer = urlServer.superRefine(({ manage, managementUrl }, context) => {
  if (manage !== true || managementUrl !== undefined) return
  context.addIssue({
    code: 'custom',
    path: ['manage'],
    message: 'manage needs the address of the management API',
    params: {
      expected: 'managementUrl, such as http://host:8081',
      received: 'manage without managementUrl',
      remedy: 'Give managementUrl, or leave manage out and set the batching of the server yourself.',
    },
  })
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
  autoServer,
  torchserveServer,
  embeddedServer,
  managedUrlServer,
])

/** One server as written, in a scenario or (text only) in `--server`. */
export const serverSchema = z.union([serverText, serverMapping])
