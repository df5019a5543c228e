import * as z from 'zod'
import { defaults } from './defaults.js'
import { section } from './section.js'
import { sweep } from './sweep.js'

const size = z.int().min(1).max(4096)

export const batchingSchema = section(
  'batching',
  'Who makes a batch. Write mode and batchSize, or two of framesPerRequest, serverBatchSize and batchSize.',
  {
    mode: sweep(z.enum(['server', 'client']))
      .optional()
      .meta({
        description:
          'server: one frame a request, TorchServe joins batchSize requests. ' +
          'client: batchSize frames a request, TorchServe joins none.',
      }),
    batchSize: sweep(size).optional().meta({
      description: 'Frames that one inference is asked to hold: framesPerRequest × serverBatchSize.',
    }),
    framesPerRequest: sweep(size)
      .optional()
      .meta({ description: 'K: frames that travel in one request. 1 where only serverBatchSize is given.' }),
    serverBatchSize: sweep(size)
      .optional()
      .meta({ description: 'B: requests that TorchServe joins. 1 where only framesPerRequest is given.' }),
    maxBatchDelayMs: sweep(z.int().min(0)).optional().meta({
      description:
        'How long TorchServe waits for a batch to fill, ms; without effect where it joins one request.',
      default: defaults.batching.maxBatchDelayMs,
    }),
    encoding: sweep(z.enum(['raw', 'base64', 'multipart']))
      .optional()
      .meta({
        description:
          'How several frames share a request: base64 in JSON, or multipart; a single frame travels raw.',
        default: defaults.batching.encoding,
      }),
  },
)
