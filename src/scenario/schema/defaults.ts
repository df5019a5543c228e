import { batching } from './batching.js'
import { cameraLoad, queue, queueDepths } from './load.js'
import { measure, slo } from './measure.js'
import { answer, model, request } from './model.js'
import { embedded, torchserve } from './server.js'
import { video } from './video.js'

/** The defaults of the sections, for commands that take single settings without a scenario. */
export const defaults = {
  video: video.defaults,
  torchserve: torchserve.defaults,
  embedded: embedded.defaults,
  model: model.defaults,
  request: request.defaults,
  answer: answer.defaults,
  batching: batching.defaults,
  cameras: cameraLoad.defaults,
  queuePolicy: queue.defaults.policy,
  queueDepth: queueDepths,
  measure: measure.defaults,
  slo: slo.defaults,
} as const
