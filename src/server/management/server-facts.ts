import { z } from 'zod'

import { callApi, type ServerApi } from './call-api.js'

/** The release that batching, logs and metrics of this tool were checked against. */
export const knownVersion = '0.12.0'

export interface ServerFacts {
  /** Undefined where the server does not tell. */
  version?: string
  /** Our own embedded server says so, that its figures never pass for TorchServe's. */
  isSimulated: boolean
}

const descriptionSchema = z.object({
  info: z.object({ version: z.string(), description: z.string().optional() }),
})

/** What a server says of itself in its OpenAPI document; asked for without a token. */
export async function serverFacts(api: ServerApi, signal?: AbortSignal): Promise<ServerFacts> {
  const answer = await callApi(api, '/api-description', { signal })
  const parsed = descriptionSchema.safeParse(answer.body)
  if (!parsed.success) return { isSimulated: false }
  const { version, description = '' } = parsed.data.info
  return { version, isSimulated: description.includes('framestorm embedded server') }
}
