import {
  repeatingPath,
  requestTemplate,
  templateEncoding,
  templateParts,
} from '../grammar/request-template.js'
import type { batching } from '../schema/batching.js'
import { request } from '../schema/request.js'
import type { Combination } from './combinations.js'
import type { Encoding, PredictionApi, Protocol, RequestShape, ServerSettings } from './plan.js'

/** A template as written, or else named frames with their defaults. */
export function resolveRequest(written: NonNullable<Combination['model']>['request'] = {}): RequestShape {
  const { field = request.defaults.field, json = request.defaults.json, tensor, multipart } = written
  if (multipart !== undefined) return { multipart }
  if (typeof json !== 'string') return { json }
  return { field, json: json === 'list' ? 'list' : 'object', ...(tensor !== undefined && { tensor }) }
}

/**
 * The encoding of requests with K frames, or the reason why there are no such requests. `auto` follows the template, or
 * else is raw for one frame and base64 for several. Over gRPC frames are raw, however many. In the open inference
 * protocol base64 is JSON, and raw the binary tensor data extension. The schema refuses an encoding that contradicts the template.
 */
export function resolveEncoding(
  written: Encoding | typeof batching.defaults.encoding,
  {
    framesPerRequest,
    request,
    protocol = 'http',
    api = 'torchserve',
  }: {
    framesPerRequest: number
    request: RequestShape
    protocol?: Protocol | undefined
    api?: PredictionApi | undefined
  },
): Encoding | { reason: string } {
  const template = requestTemplate(request)
  if ('tensor' in request && request.tensor !== undefined && api !== 'oip')
    return { reason: 'model.request.tensor belongs to api oip' }
  if (protocol === 'grpc') {
    if (template !== undefined) return { reason: 'the template model.request is a body over HTTP' }
    if (written === 'auto' || written === 'raw') return 'raw'
    return { reason: `gRPC carries frames as they are, without encoding ${written}` }
  }
  if (template !== undefined) {
    if (framesPerRequest === 1 || repeatingPath(template) !== undefined)
      return templateEncoding[template.kind]
    return { reason: 'a request carries one frame, because nothing in the template model.request repeats' }
  }
  if (api === 'oip') {
    if (written === 'auto' || written === 'base64') return 'base64'
    if (written === 'raw') return written
    return { reason: `the open inference protocol has no encoding ${written}` }
  }
  if (written === 'auto') return framesPerRequest === 1 ? 'raw' : 'base64'
  if (written !== 'raw' || framesPerRequest === 1) return written
  return { reason: 'encoding raw carries one frame per request' }
}

/** Whether a request to this server can carry more than one frame. */
export function carriesSeveralFrames(
  request: RequestShape,
  server: Pick<ServerSettings, 'kind'>,
  { protocol, api }: { protocol?: Protocol | undefined; api?: PredictionApi | undefined } = {},
): boolean {
  const several = { framesPerRequest: 2, request, protocol, api }
  return (
    typeof resolveEncoding('auto', several) === 'string' && equalNamesReason(request, 2, server) === undefined
  )
}

/**
 * The reason why a server would not see all frames of a multipart template; undefined if it does. TorchServe's worker
 * puts the parts of a request into a dict by their names, so it keeps only the last of equal names
 * (ts/protocol/otf_message_handler.py, _retrieve_inference_request). A server given by URL may keep them all.
 */
export function equalNamesReason(
  request: RequestShape,
  framesPerRequest: number,
  { kind }: Pick<ServerSettings, 'kind'>,
): string | undefined {
  const template = requestTemplate(request)
  if (template?.kind !== 'multipart' || framesPerRequest === 1 || kind === 'url') return undefined
  const field = String(repeatingPath(template)?.[0])
  const isNumbered = templateParts(field).some(
    (part) => typeof part !== 'string' && (part.variable === 'index' || part.variable === 'number'),
  )
  if (isNumbered) return undefined
  return `TorchServe keeps only the last of several multipart fields with the same name; name the frames by $index, such as ${field}_$index`
}
