import { jsonAnswer } from './frontend-answer.js'
import type { FrontendAnswer } from './frontend-answer.js'
import type { HttpRequest } from './http-request.js'

/** Asked for before the token is looked at: GET /api-description, OPTIONS on any path. */
export function isApiDescription({ method, path }: HttpRequest): boolean {
  return method === 'OPTIONS' || path === '/api-description'
}

/** The head of TorchServe's OpenAPI document; enough to tell what answers, without its paths. */
export function apiDescription(): FrontendAnswer {
  return jsonAnswer(200, {
    openapi: '3.0.1',
    info: {
      title: 'TorchServe APIs',
      description: 'framestorm embedded server (simulated): no model runs here',
      version: '0.12.0',
    },
    paths: {},
  })
}
