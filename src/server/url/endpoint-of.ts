import type { UrlSettings } from '../../scenario/schema/settings.js'
import type { Endpoint } from '../running-server.js'

/** Where the predictions of a model are asked for at somebody's server. Pure. */
export function endpointOf(
  settings: Pick<UrlSettings, 'inferenceUrl' | 'tokenEnv'>,
  modelName: string,
): Endpoint {
  const url = new URL(settings.inferenceUrl)
  const protocol = url.protocol === 'https:' ? 'https:' : 'http:'
  return {
    protocol,
    // Sockets take an IPv6 address without the brackets that it has in a URL.
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? (protocol === 'https:' ? 443 : 80) : Number(url.port),
    path: `${url.pathname.replace(/\/+$/, '')}/predictions/${encodeURIComponent(modelName)}`,
    ...(settings.tokenEnv !== undefined && { tokenEnv: settings.tokenEnv }),
  }
}
