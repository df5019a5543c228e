import { z } from 'zod'

import { callApi, type ServerApi } from './call-api.js'

/** What the pages and figures of this tool were checked against. */
export const knownVersion = '0.12.0'

const descriptionSchema = z.object({ info: z.object({ version: z.string() }) })

/** TorchServe's version from its own API description; undefined where it does not tell. */
export async function serverVersion(api: ServerApi, signal?: AbortSignal): Promise<string | undefined> {
  const answer = await callApi(api, '/api-description', { signal })
  const description = descriptionSchema.safeParse(answer.body)
  return description.success ? description.data.info.version : undefined
}
