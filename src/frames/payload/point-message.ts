import type { Point } from '../../scenario/plan/plan.js'
import type { RequestMessage } from './build-payload.js'
import { frameFieldName } from './encoding.js'
import { namedKeys, predictionsMessage, trackedKeys } from './predictions-payload.js'

/** The message in which the frames of a point travel; undefined for a body of its encoding. */
export function pointMessage({
  server,
  model,
  batching,
}: {
  server: Point['server']
  model: Point['model']
  batching: Pick<Point['batching'], 'protocol'>
}): RequestMessage | undefined {
  if (batching.protocol !== 'grpc') return undefined
  const { request } = model
  if (hasOwnHandler({ server, model })) return predictionsMessage(model, trackedKeys)
  if (!('field' in request)) throw new Error('a template is not sent over gRPC')
  return predictionsMessage(
    model,
    namedKeys((place) => frameFieldName(request, place)),
  )
}

/** Whether the included handler answers, so that requests can carry an id for its log. */
function hasOwnHandler({ server, model }: Pick<Point, 'server' | 'model'>): boolean {
  if (server.kind === 'url' || model.archive !== undefined) return false
  return server.kind === 'embedded' || server.handler === undefined
}
