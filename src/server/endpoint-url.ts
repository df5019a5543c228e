import type { Endpoint } from './running-server.js'

/** `http://127.0.0.1:8080`: what one connects to, and what an error names. */
export function endpointOrigin({
  protocol,
  host,
  port,
}: Pick<Endpoint, 'protocol' | 'host' | 'port'>): string {
  return `${protocol}//${host}:${port}`
}

/** The address of the prediction call. */
export function endpointUrl(endpoint: Endpoint): string {
  return endpointOrigin(endpoint) + endpoint.path
}
