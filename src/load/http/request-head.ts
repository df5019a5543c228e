import { hostAndPort } from '../../server/endpoint.js'
import type { Endpoint } from '../../server/endpoint.js'

/** The head of a request for a body of so many bytes; all but the length is put together once. */
export function requestHead(
  endpoint: Endpoint,
  contentType: string,
  token: string | undefined,
): (bodyBytes: number) => string {
  const lines = [
    `POST ${endpoint.path} HTTP/1.1`,
    `Host: ${hostAndPort(endpoint)}`,
    'User-Agent: framestorm',
    'Accept: */*',
    // TorchServe answers 500 to an image without a content type.
    `Content-Type: ${contentType}`,
    ...(token === undefined ? [] : [`Authorization: Bearer ${token}`]),
    'Content-Length: ',
  ]
  const start = lines.join('\r\n')
  return (bodyBytes) => `${start}${bodyBytes}\r\n\r\n`
}
