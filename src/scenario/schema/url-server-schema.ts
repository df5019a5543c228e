import * as z from 'zod'
import { httpUrlProblem } from './http-url.js'
import { section } from './section.js'
import { sweep } from './sweep.js'

const url = z.string().superRefine((text, context) => {
  const problem = httpUrlProblem(text)
  if (problem !== undefined)
    context.addIssue({ code: 'custom', message: problem.message, params: problem.parts })
})

const fields = section('urlServer', 'A TorchServe that runs already.', {
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

export const urlServerSchema = fields.superRefine(({ manage, managementUrl }, context) => {
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
