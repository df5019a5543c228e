import { inferResults, inferResultsOfJson } from '../../frames/message/infer-results.js'
import { predictions } from '../../frames/message/predictions.js'
import type { Endpoint } from '../../server/endpoint.js'

/**
 * The model's own answer in the body of a response, or in the message of a gRPC response (without its prefix).
 *
 * @throws Error if the body is no such message
 */
export type UnwrapAnswer = (body: Uint8Array) => Uint8Array

/** How the answers of an endpoint are unwrapped. */
export function unwrapAnswer({ protocol, api }: Pick<Endpoint, 'protocol' | 'api'>): UnwrapAnswer {
  if (api === 'oip') return protocol === 'grpc' ? inferResults : inferResultsOfJson
  return protocol === 'grpc' ? predictions.decodeResponse : (body) => body
}
