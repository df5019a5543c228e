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

/** What the body of a request to a model is: TorchServe's form, the open inference protocol, or any other. */
export const predictionApis = ['torchserve', 'oip', 'custom'] as const

/** Those of a TorchServe. */
export const managedApis = ['torchserve', 'oip'] as const

/** What a managed server is asked in. */
export const managedApi = optional(
  fixed(z.enum(managedApis)),
  'API of requests: `torchserve` (default), or `oip` for the open inference protocol.',
)

/** What an embedded server understands. */
export const embeddedApi = optional(
  fixed(z.enum(predictionApis)),
  'What the server understands: `torchserve` (default), `oip` for the open inference protocol as KServe and Triton speak it, or `custom` for frames in any form on any path.',
)

/** Refuses gRPC for a server of any other API: there is no message that it would understand. */
export function requireHttpForCustom(
  { api, protocol: written }: { api?: unknown; protocol?: unknown },
  context: z.core.$RefinementCtx,
): void {
  if (api !== 'custom' || ![written].flat().includes('grpc')) return
  context.addIssue({
    code: 'custom',
    path: ['protocol'],
    message: 'a custom server is measured over HTTP',
    params: {
      expected: 'http, or another api',
      received: 'grpc with api: custom',
      remedy: 'Remove protocol, or remove api if the server is a TorchServe.',
    },
  })
}
