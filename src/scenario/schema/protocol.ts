import * as z from 'zod'
import { fixed, optional, swept } from './section.js'

/** How requests travel: a POST over HTTP/1.1, or a unary gRPC call over HTTP/2. */
export const protocols = ['http', 'grpc'] as const

/**
 * The setting of each server that speaks both. It is swept like an encoding, and as part of the batching of a point it
 * needs no restart of the server.
 */
export const protocol = optional(
  swept(z.enum(protocols), z.undefined()),
  'How requests are sent: `http` (default) or `grpc`. Both can be swept on one server.',
)

/** What a managed or embedded server is asked in. */
export const managedApi = optional(
  fixed(z.enum(['torchserve', 'oip'])),
  'API of requests: `torchserve` (default), or `oip` for the open inference protocol.',
)

/** What the body of a request to a model is: TorchServe's form, the open inference protocol, or any other. */
export const predictionApis = ['torchserve', 'oip', 'custom'] as const
