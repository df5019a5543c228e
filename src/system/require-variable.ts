import { ExitCode, UserError, type UserErrorParts } from './user-error.js'

/**
 * The value of an environment variable, without the white space around it.
 *
 * @param parts the parts of the error if it is not set or empty
 * @throws UserError (environment)
 */
export function requireVariable(
  name: string,
  parts: Pick<UserErrorParts, 'where' | 'expected' | 'remedy'>,
  environment: NodeJS.ProcessEnv = process.env,
): string {
  const value = environment[name]?.trim() ?? ''
  if (value !== '') return value
  throw new UserError(`the environment variable ${name} is not set`, {
    ...parts,
    exitCode: ExitCode.environment,
  })
}
