import { ExitCode, UserError } from '../system/user-error.js'

/**
 * The bearer token in an environment variable, without surrounding spaces and newlines; undefined if no variable is
 * named. It is read at each use and never stored, and no error shows it.
 *
 * @throws UserError (exit code 3) if the variable is empty, or has a character that is not valid in a header
 */
export function readToken(
  tokenEnv: string | undefined,
  environment: NodeJS.ProcessEnv = process.env,
): string | undefined {
  if (tokenEnv === undefined) return undefined
  const token = environment[tokenEnv]?.trim() ?? ''
  if (token === '') {
    throw new UserError(`the environment variable ${tokenEnv} is not set`, {
      where: 'tokenEnv',
      expected: `a token for the server in ${tokenEnv}`,
      remedy: `Run export ${tokenEnv}=… with a key of the server's key_file.json: the inference key, or in ${managementTokenEnv(tokenEnv)} the management key.`,
      exitCode: ExitCode.environment,
    })
  }
  const wrongAt = token.search(/[^\x21-\x7e]/)
  if (wrongAt < 0) return token
  const code = token.codePointAt(wrongAt)!.toString(16).toUpperCase().padStart(4, '0')
  throw new UserError(`the token in ${tokenEnv} has a character that is not valid in a header`, {
    where: `environment variable ${tokenEnv}`,
    expected: 'printable ASCII without spaces',
    received: `U+${code} at character ${wrongAt + 1} of ${token.length}`,
    remedy: 'Copy only the key itself from key_file.json.',
    exitCode: ExitCode.environment,
  })
}

/** The header with the token of a variable; no header if no variable is named. Throws like `readToken`. */
export function authorizationHeader(tokenEnv: string | undefined): { authorization?: string } {
  const token = readToken(tokenEnv)
  return token === undefined ? {} : { authorization: `Bearer ${token}` }
}

/** TorchServe has one key per API. The management key is read from this variable if it is set. */
export function managementTokenEnv(tokenEnv: string): string {
  return `${tokenEnv}_MANAGEMENT`
}
