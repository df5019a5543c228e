import { readFileSync } from 'node:fs'
import { checkServerIdentity, createSecureContext, type ConnectionOptions } from 'node:tls'
import { isIP } from 'node:net'
import { codePointAt, environmentVariable, hidden } from '../scenario/grammar/http-header.js'
import type { UrlSettings } from '../scenario/plan/plan.js'
import { requireVariable } from '../system/require-variable.js'
import { ExitCode, UserError, messageOf } from '../system/user-error.js'
import { readToken, type Api } from './token.js'

/**
 * What every request to a server needs besides its address. It names variables and files. Their contents are read when
 * they are used, and are never part of an output.
 */
export type Access = Pick<
  UrlSettings,
  'headers' | 'tokenEnv' | 'tokenFile' | 'caFile' | 'certFile' | 'keyFile'
>

/** The part of a server's settings that is its access. */
export function accessFrom(settings: Access): Access {
  const { headers, tokenEnv, tokenFile, caFile, certFile, keyFile } = settings
  return { headers, tokenEnv, tokenFile, caFile, certFile, keyFile }
}

/** The environment variables whose values an access needs. */
export function variablesIn({ headers = {}, tokenEnv }: Pick<Access, 'headers' | 'tokenEnv'>): string[] {
  const inHeaders = Object.values(headers).map((written) => environmentVariable(String(written)))
  return [tokenEnv, ...inHeaders].filter((name) => name !== undefined)
}

/**
 * The header fields of a request: those of the settings, and the token. The values of variables are read now.
 *
 * @throws UserError (exit code 3) if a variable or file has no value that can be sent
 */
export function requestHeaders(access: Access, api: Api = 'inference'): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, written] of Object.entries(access.headers ?? {})) {
    if (written === hidden) throw unsavedHeader(name)
    const variable = environmentVariable(String(written))
    headers[name] = variable === undefined ? String(written) : readVariable(variable, name)
  }
  const token = readToken(access, api)
  if (token !== undefined) headers['Authorization'] = `Bearer ${token}`
  return headers
}

function unsavedHeader(name: string): UserError {
  return new UserError(`the value of the header ${name} is not saved`, {
    where: `server.headers.${name}`,
    expected: 'a value from the scenario',
    received: hidden,
    remedy: 'Start a new run. With $env:NAME as the value of the header, --resume reads the variable again.',
  })
}

function readVariable(variable: string, header: string): string {
  const where = `server.headers.${header}`
  const value = requireVariable(variable, {
    where,
    expected: `the value of the header ${header} in ${variable}`,
    remedy: `Run export ${variable}=… and repeat the command.`,
  })
  const wrongAt = value.search(/[^\t\x20-\x7e]/)
  if (wrongAt < 0) return value
  throw new UserError(`the value of ${variable} has a character that is not valid in a header`, {
    where,
    expected: 'printable ASCII',
    received: codePointAt(value, wrongAt),
    exitCode: ExitCode.environment,
  })
}

/** What no output may repeat, even if the server does. A shorter value would mask harmless words. */
export function secretsIn(headers: Readonly<Record<string, string>>): string[] {
  return Object.values(headers)
    .map((value) => value.replace(/^Bearer /, ''))
    .filter(({ length }) => length >= 6)
}

/** The name in the header `host`, without its port; undefined if it is not set. */
function hostOverride({ headers = {} }: Pick<Access, 'headers'>): string | undefined {
  const name = Object.keys(headers).find((key) => key.toLowerCase() === 'host')
  if (name === undefined) return undefined
  const written = String(headers[name])
  const variable = environmentVariable(written)
  const host = variable === undefined ? written : (process.env[variable] ?? '').trim()
  return host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
}

/** TLS of a connection to a server: PEM texts, and the names that its certificate may have. Plain data. */
export interface TlsSettings {
  ca?: string | undefined
  cert?: string | undefined
  key?: string | undefined
  /** The first one is asked for (SNI). */
  serverNames: readonly string[]
}

/**
 * Reads the certificates for connections to a host.
 *
 * @throws UserError (exit code 3) if a file cannot be read or is not what its field says
 */
export function readTlsSettings(access: Access, host: string): TlsSettings {
  const { caFile, certFile, keyFile } = access
  const certificate = /-----BEGIN (TRUSTED |X509 )?CERTIFICATE-----/
  const ca = readPem(caFile, 'caFile', certificate, 'openssl x509 -inform der -in ca.der -out ca.pem')
  const cert = readPem(
    certFile,
    'certFile',
    certificate,
    'openssl x509 -inform der -in cert.der -out cert.pem',
  )
  const key = readPem(
    keyFile,
    'keyFile',
    /-----BEGIN ([A-Z]+ )*PRIVATE KEY-----/,
    'openssl rsa -inform der -in key.der -out key.pem',
  )
  try {
    createSecureContext({ ca, cert, key })
  } catch (error) {
    throw new UserError('the certificates cannot be used', {
      where: [caFile, certFile, keyFile].filter((file) => file !== undefined).join(', '),
      expected: 'keyFile with the private key of certFile, without a passphrase',
      received: messageOf(error),
      remedy:
        key?.includes('ENCRYPTED') === true
          ? 'Remove the passphrase: openssl pkey -in key.pem -out open-key.pem'
          : 'Check that the files belong together.',
      exitCode: ExitCode.environment,
      cause: error,
    })
  }
  const override = hostOverride(access)
  return { ca, cert, key, serverNames: override === undefined ? [host] : [override, host] }
}

function readPem(
  file: string | undefined,
  field: 'caFile' | 'certFile' | 'keyFile',
  form: RegExp,
  convert: string,
): string | undefined {
  if (file === undefined) return undefined
  let text: string
  try {
    text = readFileSync(file, 'latin1')
  } catch (error) {
    throw new UserError(`the file in ${field} cannot be read`, {
      where: file,
      received: messageOf(error),
      remedy: `Set server.${field} to the path of a PEM file on this machine.`,
      exitCode: ExitCode.environment,
      cause: error,
    })
  }
  if (form.test(text)) return text
  throw new UserError(`the file in ${field} is not a PEM ${field === 'keyFile' ? 'key' : 'certificate'}`, {
    where: file,
    expected: field === 'keyFile' ? '-----BEGIN PRIVATE KEY-----' : '-----BEGIN CERTIFICATE-----',
    received: text.includes('-----BEGIN ') ? 'another PEM file' : 'no PEM file',
    remedy: `If it is in DER form, convert it: ${convert}`,
    exitCode: ExitCode.environment,
  })
}

/**
 * Options of tls.connect. The certificate must have the name of the header `host` or that of the address: the user has
 * given both.
 */
export function tlsOptions({ ca, cert, key, serverNames }: TlsSettings): ConnectionOptions {
  const name = serverNames[0] ?? ''
  return {
    ca,
    cert,
    key,
    servername: isIP(name) === 0 ? name : '',
    checkServerIdentity(_, certificate) {
      const refusals = serverNames.map((each) => checkServerIdentity(each, certificate))
      return refusals.includes(undefined) ? undefined : refusals[0]
    },
  }
}
