import { requestTemplate } from '../../scenario/grammar/request-template.js'
import type { Point } from '../../scenario/plan/plan.js'
import type { RequestMessage } from './build-payload.js'
import { frameFieldName } from './encoding.js'
import { inferBinary, inferJson, inferMessage, type FrameTensor } from './infer-payload.js'
import { namedKeys, predictionsMessage, trackedKeys } from './predictions-payload.js'

interface MessagePoint {
  server: Point['server']
  model: Point['model']
  batching: Pick<Point['batching'], 'protocol' | 'encoding'>
}

/** Framestorm's handler takes the frames under any name. */
const anyTensor: FrameTensor = { name: 'frames', shape: [-1] }

/**
 * The message in which the frames of a point travel; undefined for a body of its encoding.
 *
 * @param tensor the input in the metadata of the model, which `model.request.tensor` replaces
 */
export function pointMessage(
  { server, model, batching: { protocol, encoding } }: MessagePoint,
  tensor: FrameTensor = anyTensor,
): RequestMessage | undefined {
  const { request } = model
  if (server.api === 'oip') {
    if (requestTemplate(request) !== undefined) return undefined
    const input = 'tensor' in request ? (request.tensor ?? tensor) : tensor
    if (protocol === 'grpc') return inferMessage(model, input)
    return encoding === 'raw' ? inferBinary(input) : inferJson(input)
  }
  if (protocol !== 'grpc') return undefined
  if (hasOwnHandler({ server, model })) return predictionsMessage(model, trackedKeys)
  if (!('field' in request)) throw new Error('a template is not sent over gRPC')
  return predictionsMessage(
    model,
    namedKeys((place) => frameFieldName(request, place)),
  )
}

/** Whether the included handler answers, so that requests can carry an id for its log. */
function hasOwnHandler({ server, model }: Pick<MessagePoint, 'server' | 'model'>): boolean {
  if (server.kind === 'url' || model.archive !== undefined) return false
  return server.kind === 'embedded' || server.handler === undefined
}
