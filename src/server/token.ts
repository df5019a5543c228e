import { ExitCode, UserError } from '../system/user-error.js'

/**
 * The bearer token in an environment variable, without the spaces or the newline that a copied secret brings along;
 * undefined if no variable is named. It is read at each use and never stored; no error shows it.
 *
 * @throws UserError (exit code 3) if the variable is empty, or holds what a header cannot carry
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
  throw new UserError(`the token in ${tokenEnv} has a character that a header cannot carry`, {
    where: `environment variable ${tokenEnv}`,
    expected: 'printable ASCII without spaces',
    received: `U+${code} at character ${wrongAt + 1} of ${token.length}`,
    remedy: 'Copy only the key itself from key_file.json.',
    exitCode: ExitCode.environment,
  })
}

/** The header that carries the token of a variable; none if no variable is named. Throws as `readToken` does. */
export function authorizationHeader(tokenEnv: string | undefined): { authorization?: string } {
  const token = readToken(tokenEnv)
  return token === undefined ? {} : { authorization: `Bearer ${token}` }
}

/** TorchServe has one key for each of its APIs: the management key is looked for in this variable first. */
export function managementTokenEnv(tokenEnv: string): string {
  return `${tokenEnv}_MANAGEMENT`
}
