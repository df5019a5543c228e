import { readFileSync } from 'node:fs'
import type { UrlSettings } from '../scenario/plan/plan.js'
import { codePointAt } from '../scenario/grammar/http-header.js'
import { requireVariable } from '../system/require-variable.js'
import { ExitCode, UserError, messageOf } from '../system/user-error.js'

/** TorchServe has one key per API (util/TokenAuthorization.java). */
export type Api = 'inference' | 'management'

/** Where the tokens of a server come from. They are read at each use and never stored, and no error shows one. */
export type TokenSource = Pick<UrlSettings, 'tokenEnv' | 'tokenFile'>

/**
 * The bearer token for an API, without surrounding spaces and newlines; undefined if there is no source.
 *
 * @throws UserError (exit code 3) if the source has no token, or one with a character that is not valid in a header
 */
export function readToken(
  { tokenEnv, tokenFile }: TokenSource,
  api: Api = 'inference',
  environment: NodeJS.ProcessEnv = process.env,
): string | undefined {
  if (tokenFile !== undefined) return checkedToken(tokenInFile(tokenFile, api), { file: tokenFile })
  if (tokenEnv === undefined) return undefined
  const own = managementTokenEnv(tokenEnv)
  // A proxy before both APIs may check the same token, so the management key of its own is optional.
  const variable = api === 'management' && (environment[own]?.trim() ?? '') !== '' ? own : tokenEnv
  const parts = {
    where: 'tokenEnv',
    expected: `a token for the server in ${tokenEnv}`,
    remedy: `Run export ${tokenEnv}=… with the inference key of the server's key_file.json, and export ${own}=… with the management key if you set managementUrl. Or set tokenFile to the path of that file.`,
  }
  return checkedToken(requireVariable(variable, parts, environment), { variable })
}

export function hasToken({ tokenEnv, tokenFile }: TokenSource): boolean {
  return tokenEnv !== undefined || tokenFile !== undefined
}

/** The variable of the management key, beside that of the inference key. */
function managementTokenEnv(tokenEnv: string): string {
  return `${tokenEnv}_MANAGEMENT`
}

/** The source of the token of an API, for messages. */
export function describeTokenSource({ tokenEnv, tokenFile }: TokenSource, api: Api): string {
  if (tokenFile !== undefined) return tokenFile
  if (tokenEnv === undefined) return 'no source'
  if (api === 'inference') return tokenEnv
  const own = managementTokenEnv(tokenEnv)
  return (process.env[own] ?? '').trim() === '' ? `${tokenEnv} (${own} is not set)` : own
}

/** What a user does to get a fresh token for the next try. */
export function renewRemedy(source: TokenSource, api: Api): string {
  if (source.tokenFile !== undefined) {
    return `Renew it with GET /token?type=${api} of the management API, which writes the new key into key_file.json, or restart the server.`
  }
  return `Put the current ${api} key of key_file.json into ${api === 'management' ? managementTokenEnv(source.tokenEnv ?? '') : source.tokenEnv}. Or set tokenFile to that file: it is read again when a token expires.`
}

/** The error for a token that a server accepted before and rejects now. */
export function tokenExpired(where: string, source: TokenSource): UserError {
  return new UserError('the token expired during the measurement, which does not count', {
    where,
    expected: 'a token that is valid for the whole run',
    received: hasToken(source)
      ? `the server no longer accepts the token from ${describeTokenSource(source, 'inference')}`
      : 'the server no longer accepts the credentials in server.headers',
    remedy: `${renewRemedy(source, 'inference')} Then resume the run.`,
    exitCode: ExitCode.environment,
    resumable: true,
  })
}

/** `{"inference":{"key":"…","expiration time":"…"},"management":{…},"API":{…}}`, or a text that is one token. */
function tokenInFile(file: string, api: Api): string {
  const text = readTokenFile(file)
  if (!text.trimStart().startsWith('{')) return text.trim()
  const keys = parseKeys(text)
  const token = keys?.[api]?.key.trim()
  if (token !== undefined) return token
  throw new UserError(`the token file has no ${api} key`, {
    where: file,
    expected: `TorchServe's key_file.json with {"${api}":{"key":"…"}}, or a file that holds one token`,
    received: keys === undefined ? 'JSON of another form' : 'a key file without it',
    remedy: 'Set tokenFile to the key_file.json that TorchServe writes into its working directory.',
    exitCode: ExitCode.environment,
  })
}

/** The keys by API; undefined if it is another JSON. Read without zod, because load threads read tokens too. */
function parseKeys(text: string): Partial<Record<Api, { key: string }>> | undefined {
  try {
    const parsed: unknown = JSON.parse(text)
    return isKeyFile(parsed) ? parsed : undefined
  } catch {
    return undefined
  }
}

function isKeyFile(parsed: unknown): parsed is Partial<Record<Api, { key: string }>> {
  const isMapping = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null
  const isKey = (value: unknown) =>
    value === undefined || (isMapping(value) && typeof value['key'] === 'string')
  return isMapping(parsed) && isKey(parsed['inference']) && isKey(parsed['management'])
}

function readTokenFile(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new UserError('the token file cannot be read', {
      where: file,
      received: messageOf(error),
      remedy:
        'Set tokenFile to the key_file.json that TorchServe writes into its working directory. Only the user that runs TorchServe may read it.',
      exitCode: ExitCode.environment,
      cause: error,
    })
  }
}

function checkedToken(token: string, { variable, file }: { variable?: string; file?: string }): string {
  const place = variable ?? 'the token file'
  if (token === '') {
    throw new UserError('the token file is empty', {
      where: file,
      expected: 'a token',
      exitCode: ExitCode.environment,
    })
  }
  const wrongAt = token.search(/[^\x21-\x7e]/)
  if (wrongAt < 0) return token
  throw new UserError(`the token in ${place} has a character that is not valid in a header`, {
    where: variable === undefined ? file : `environment variable ${variable}`,
    expected: 'printable ASCII without spaces',
    received: codePointAt(token, wrongAt),
    remedy: 'Copy only the key itself from key_file.json.',
    exitCode: ExitCode.environment,
  })
}
