import * as z from 'zod'
import { isMapping } from '../text/located-data.js'
import { defaulted, optional, savedMapping, section, swept } from './section.js'

const encodings = ['raw', 'base64', 'multipart'] as const

const size = z.int().min(1).max(4096)

export const batching = section(
  'batching',
  'Where batches are formed. Set mode and batchSize, or framesPerRequest and serverBatchSize.',
  {
    mode: optional(
      swept(z.enum(['server', 'client'])),
      '`server`: each request carries one frame, and TorchServe joins batchSize requests into a batch. ' +
        '`client`: each request carries batchSize frames, and TorchServe joins no requests.',
    ),
    batchSize: optional(swept(size), 'Frames per inference: framesPerRequest × serverBatchSize.'),
    framesPerRequest: optional(swept(size), 'K: frames per request. 1 if only serverBatchSize is given.'),
    serverBatchSize: optional(
      swept(size),
      'B: maximum number of requests that TorchServe joins into a batch. 1 if only framesPerRequest is given.',
    ),
    maxBatchDelayMs: defaulted(
      swept(z.int().min(0)),
      50,
      'How long TorchServe waits for a batch to fill, ms. No effect if serverBatchSize is 1.',
    ),
    encoding: defaulted(
      swept(z.enum(['auto', ...encodings]), z.enum(encodings)),
      'auto',
      'Encoding of the frames of a request: raw JPEG (one frame only), base64 in JSON, or multipart. ' +
        '`auto`: the encoding of the template in model.request, else raw for one frame and base64 for several.',
    ),
  },
)

const count = z.int().min(1)
const {
  mode: _mode,
  batchSize: _size,
  framesPerRequest: _k,
  serverBatchSize: _b,
  ...others
} = batching.point.shape

/** The batching of a point. K, B, K × B and the encoding are all known. */
export const pointBatching = savedMapping({
  mode: z.enum(['server', 'client', 'hybrid']),
  /** K: frames per request. */
  framesPerRequest: count,
  /** B: maximum number of requests that TorchServe joins into one batch. */
  serverBatchSize: count,
  /** K × B. */
  batchSize: count,
  ...others,
  /** `server.protocol`. Undefined: HTTP. */
  protocol: z.literal('grpc').optional(),
  /** Undefined if B is 1: a batch of one never waits. */
  maxBatchDelayMs: z.number().optional(),
})

interface BatchingProblem {
  /** The field with the mistake; undefined for the whole section. */
  field?: string
  message: string
  expected: string
  remedy: string
}

const spellings = 'mode and batchSize, or framesPerRequest and serverBatchSize'

/**
 * The reason why the fields do not define the batching exactly once; undefined if they do. Accepts any value, so that
 * it can run together with the checks of the single fields.
 */
export function batchingProblem(settings: unknown): BatchingProblem | undefined {
  if (settings === undefined) {
    return {
      message: 'batching is missing',
      expected: `a mapping with ${spellings}`,
      remedy: 'Add for example `batching: { mode: [server, client], batchSize: 4 }`.',
    }
  }
  if (!isMapping(settings)) return undefined
  const has = (field: string) => settings[field] !== undefined
  const [mode, size, perRequest, perBatch] = ['mode', 'batchSize', 'framesPerRequest', 'serverBatchSize'].map(
    has,
  )
  if (mode && (perRequest || perBatch)) {
    return {
      field: 'mode',
      message: 'mode cannot be combined with framesPerRequest or serverBatchSize',
      expected: spellings,
      remedy: 'Remove mode. It follows from framesPerRequest and serverBatchSize.',
    }
  }
  if (size && perRequest && perBatch) {
    return {
      field: 'batchSize',
      message: 'batchSize cannot be combined with both framesPerRequest and serverBatchSize',
      expected: 'at most two of the three, because batchSize is framesPerRequest × serverBatchSize',
      remedy: 'Remove batchSize.',
    }
  }
  if (size && !mode && !perRequest && !perBatch) {
    return {
      field: 'batchSize',
      message: 'batchSize alone does not define where batches are formed',
      expected: spellings,
      remedy: 'Add `mode: server`, `mode: client`, or `mode: [server, client]` to compare them.',
    }
  }
  if (size || perRequest || perBatch) return undefined
  return {
    message: 'batching does not define the size of a batch',
    expected: spellings,
    remedy: mode ? 'Add batchSize.' : 'Add mode and batchSize.',
  }
}
