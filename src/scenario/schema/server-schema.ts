import * as z from 'zod'
import { UserError } from '../../system/user-error.js'
import { embeddedServerSchema } from './embedded-server-schema.js'
import { parseServer } from '../grammar/parse-server.js'
import { autoServerSchema, torchserveSchema } from './torchserve-schema.js'
import { urlServerSchema } from './url-server-schema.js'

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
