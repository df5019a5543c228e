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

/** From the query of POST /models. The real server also takes a JSON body, which no client of ours sends. */
export function registration(parameters: URLSearchParams): Registration {
  return {
    url: parameters.get('url') ?? undefined,
    name: parameters.get('model_name') ?? undefined,
    batchSize: whole(parameters, 'batch_size') ?? 1,
    maxBatchDelayMs: whole(parameters, 'max_batch_delay') ?? 100,
    responseTimeoutS: whole(parameters, 'response_timeout') ?? 120,
    initialWorkers: whole(parameters, 'initial_workers'),
    synchronous: parameters.get('synchronous') !== 'false',
  }
}

/** An integer parameter; undefined where it is missing or, as in NettyUtils.getIntParameter, not a number. */
export function whole(parameters: URLSearchParams, name: string): number | undefined {
  const text = parameters.get(name)
  return text !== null && /^-?\d+$/.test(text) ? Number(text) : undefined
}
