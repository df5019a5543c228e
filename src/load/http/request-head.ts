import { ExitCode, UserError } from '../../system/user-error.js'
import type { Endpoint } from '../../server/running-server.js'

/** The head of a request for a body of so many bytes; all but the length is put together once. */
export function requestHead(
  endpoint: Endpoint,
  contentType: string,
  token: string | undefined,
): (bodyBytes: number) => string {
  const host =
    endpoint.host.includes(':') && !endpoint.host.startsWith('[') ? `[${endpoint.host}]` : endpoint.host
  const lines = [
    `POST ${endpoint.path} HTTP/1.1`,
    `Host: ${host}:${endpoint.port}`,
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

/** The bearer token out of the environment; undefined where the endpoint needs none. */
export function tokenFromEnvironment(endpoint: Endpoint, environment: NodeJS.ProcessEnv): string | undefined {
  if (endpoint.tokenEnv === undefined) return undefined
  const token = environment[endpoint.tokenEnv]?.trim()
  if (token === undefined || token === '') {
    throw new UserError('the token for the server is missing', {
      where: `environment variable ${endpoint.tokenEnv}`,
      remedy: `Export ${endpoint.tokenEnv} with TorchServe's inference key (key_file.json) and run again.`,
      exitCode: ExitCode.environment,
    })
  }
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new UserError('the token for the server has characters that a header may not have', {
      where: `environment variable ${endpoint.tokenEnv}`,
      expected: 'printable ASCII without spaces',
      remedy: 'Copy only the key itself from key_file.json.',
      exitCode: ExitCode.environment,
    })
  }
  return token
}
