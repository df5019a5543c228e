import { callManagement, type Management } from './call-management.js'

/** What the pages and figures of this tool were checked against. */
export const knownVersion = '0.12.0'

/** TorchServe's version from its own API description; undefined where it does not tell. */
export async function serverVersion(api: Management, signal?: AbortSignal): Promise<string | undefined> {
  const answer = await callManagement(api, '/api-description', { signal })
  const { info } = (answer.body ?? {}) as { info?: { version?: unknown } }
  return typeof info?.version === 'string' ? info.version : undefined
}
