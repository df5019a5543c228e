import { FrontendError } from './frontend-answer.js'
import type { HttpRequest } from './http-request.js'

/** What a registration says, TorchServe's defaults filled in. */
export interface Registration {
  /** File name of the archive. */
  url: string | undefined
  name: string | undefined
  batchSize: number
  maxBatchDelayMs: number
  responseTimeoutS: number
  initialWorkers: number | undefined
  synchronous: boolean
}

/** From the query, or from a JSON body where there is one (RegisterModelRequest.java). */
export function registration(request: HttpRequest): Registration {
  const mime = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  const isJson = mime === 'application/json' && request.bodyBytes > 0
  const parameters = isJson ? jsonParameters(Buffer.concat(request.body).toString()) : request.query
  return {
    url: parameters.get('url') ?? undefined,
    name: parameters.get('model_name') ?? undefined,
    batchSize: whole(parameters, 'batch_size') ?? 1,
    // A JSON body without it yields -10000 (RegisterModelRequest.java:88): batches of two at most.
    maxBatchDelayMs: whole(parameters, 'max_batch_delay') ?? (isJson ? -10_000 : 100),
    responseTimeoutS: whole(parameters, 'response_timeout') ?? 120,
    initialWorkers: whole(parameters, 'initial_workers'),
    synchronous: parameters.get('synchronous') !== 'false',
  }
}

function jsonParameters(text: string): URLSearchParams {
  try {
    const value: unknown = JSON.parse(text)
    const entries = Object.entries(typeof value === 'object' && value !== null ? value : {})
    return new URLSearchParams(Object.fromEntries(entries.map(([name, item]) => [name, String(item)])))
  } catch (error) {
    throw new FrontendError(
      500,
      'JsonSyntaxException',
      error instanceof Error ? error.message : String(error),
    )
  }
}

/** An integer parameter; undefined where it is missing or, as in NettyUtils.getIntParameter, not a number. */
export function whole(parameters: URLSearchParams, name: string): number | undefined {
  const text = parameters.get(name)
  return text !== null && /^-?\d+$/.test(text) ? Number(text) : undefined
}
