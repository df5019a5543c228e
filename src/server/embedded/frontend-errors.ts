import { FrontendError } from './frontend-answer.js'

/** The same text for no workers and for a full queue (ApiUtils.java:452-477). */
export function noWorker(model: string): FrontendError {
  return new FrontendError(
    503,
    'ServiceUnavailableException',
    `Model "${model}" has no worker to serve inference request. Please use scale workers API to add workers. ` +
      'If this is a sequence inference, please check if it is closed, or expired; or exceeds maxSequenceJobQueueSize',
  )
}

export function noResource(): FrontendError {
  const text = 'Requested resource is not found, please refer to API document.'
  return new FrontendError(404, 'ResourceNotFoundException', text)
}

export function notAllowed(): FrontendError {
  const text = 'Requested method is not allowed, please refer to API document.'
  return new FrontendError(405, 'MethodNotAllowedException', text)
}
