import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { requestHeaders } from '../server/access.js'
import { endpointOrigin, type Endpoint } from '../server/endpoint.js'
import { tokenExpired } from '../server/token.js'

/** A server that renews its token writes the file after it has begun to reject the old one. */
const renewalMs = 2000
const renewalPollMs = 250

/**
 * Waits for another token than that in these headers.
 *
 * @throws UserError (exit code 3, resumable) if there is none
 */
export async function requireFreshToken(endpoint: Endpoint, headers: Record<string, string>): Promise<void> {
  for (
    let waitedMs = 0;
    endpoint.tokenFile !== undefined && waitedMs < renewalMs;
    waitedMs += renewalPollMs
  ) {
    const current = currentHeaders(endpoint)
    if (current !== undefined && !isDeepStrictEqual(current, headers)) return
    await sleep(renewalPollMs)
  }
  throw tokenExpired(endpointOrigin(endpoint), endpoint)
}

/** The header fields with the token that the file holds now; undefined while it is being written. */
function currentHeaders(endpoint: Endpoint): Record<string, string> | undefined {
  try {
    return requestHeaders(endpoint)
  } catch {
    return undefined
  }
}

/** Calls back with the header fields for each new token of a file. Undefined if no file holds the token. */
export function watchToken(
  endpoint: Endpoint,
  first: Record<string, string>,
  onChange: (headers: Record<string, string>) => void,
): NodeJS.Timeout | undefined {
  if (endpoint.tokenFile === undefined) return undefined
  let headers = first
  return setInterval(() => {
    const current = currentHeaders(endpoint)
    if (current === undefined || isDeepStrictEqual(current, headers)) return
    headers = current
    onChange(current)
  }, renewalPollMs)
}
