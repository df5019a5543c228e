import * as z from 'zod'
import { readInSchema } from '../grammar/grammar-error.js'
import { parseServer } from '../grammar/parse-server.js'
import { serverMapping, type RawServer } from './server.js'

const serverText = z
  .string()
  .meta({
    description:
      'auto | torchserve[:workers=2,handler=path.py] | ' +
      'embedded[:tau=7ms,alpha=25ms,jitter=5%,workers=1,table=run] | http(s)://host:port',
  })
  .transform((text, context): RawServer => readInSchema(context, () => parseServer(text)) ?? z.NEVER)

/** One server as a mapping or a text; a text becomes the mapping that it stands for. */
export const rawServer = z.union([serverText, serverMapping])
