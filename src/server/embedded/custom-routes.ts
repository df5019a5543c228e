import type { CustomPaths } from './embedded-config.js'
import { acceptPrediction, type ServedModels } from './accept-prediction.js'
import { FrontendError, type PlainAnswer } from './frontend-answer.js'
import type { HttpRequest } from './http-server.js'
import { readFrames } from './request-frames.js'

/**
 * A server as anybody would write one around a model: one path that takes frames in any form, and one that tells whether
 * it is ready.
 *
 * @throws FrontendError for another path
 */
export function routeCustom(
  server: ServedModels,
  paths: CustomPaths,
  request: HttpRequest,
  requestId: string,
  answer: (answer: PlainAnswer | FrontendError) => void,
): void {
  const { method, path } = request
  if (path === paths.ready) {
    const isReady = server.models.all().every(({ allReady }) => allReady)
    answer({ status: isReady ? 200 : 503, contentType: 'text/plain', body: isReady ? 'ok' : 'loading' })
    return
  }
  const model = server.models.defaults()[0]
  if (model === undefined || (paths.predict !== undefined && path !== paths.predict))
    throw new FrontendError(404, 'NotFound', 'Not Found')
  if (method !== 'POST') throw new FrontendError(405, 'MethodNotAllowed', 'Method Not Allowed')
  const { name, version } = model.settings
  readFrames(
    request,
    acceptPrediction(server, {
      model: name,
      version,
      requestId,
      metrics: 'none',
      answer: (outcome) =>
        answer(outcome instanceof FrontendError ? outcome : { contentType: 'application/json', ...outcome }),
    }),
  )
}
