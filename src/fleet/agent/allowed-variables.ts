import { environmentVariable } from '../../scenario/grammar/http-header.js'
import { variablesIn, type Access } from '../../server/access.js'
import { UserError } from '../../system/user-error.js'

/** The environment variables of an agent whose values it may send to a server. */
export type AllowedVariables = ReadonlySet<string>

/**
 * Reads the values of `--env`.
 *
 * @throws UserError (exit code 2) for a value that is not the name of a variable, or is that of a credential of the broker
 */
export function parseAllowedVariables(given: readonly string[]): AllowedVariables {
  for (const text of given) {
    if (environmentVariable(`$env:${text}`) === undefined) {
      throw new UserError('--env is not the name of an environment variable', {
        where: '--env',
        expected: 'a name such as TS_TOKEN',
        received: 'another text (hidden: it may be a token)',
        remedy: 'Put the token into an environment variable, and give the name of that variable.',
      })
    }
    if (!isOfBroker(text)) continue
    throw new UserError('--env names a credential of the broker', {
      where: '--env',
      expected: 'a variable for a server, such as TS_TOKEN',
      received: text,
      remedy: 'Remove it. An agent never sends credentials of its broker to a server.',
    })
  }
  return new Set(given)
}

/** Why an agent does not send what a job names; undefined if it may, and has it. */
export function refuseVariables(
  access: Pick<Access, 'headers' | 'tokenEnv'>,
  allowed: AllowedVariables,
  environment: NodeJS.ProcessEnv = process.env,
): string | undefined {
  for (const variable of variablesIn(access)) {
    // The sender may write a long one.
    const name = variable.slice(0, 64)
    if (isOfBroker(variable)) return 'a job cannot use the credentials of the broker'
    if (!allowed.has(variable))
      return `this agent may not send the variable ${name}; it was started without --env ${name}`
    if (!isSet(variable, environment))
      return `the variable ${name} is not set in the environment of this agent`
  }
  return undefined
}

/** The variables as text, for the log. */
export function describeVariables(
  allowed: AllowedVariables,
  environment: NodeJS.ProcessEnv = process.env,
): string {
  return [...allowed].map((name) => (isSet(name, environment) ? name : `${name} (not set)`)).join(', ')
}

function isSet(name: string, environment: NodeJS.ProcessEnv): boolean {
  return (environment[name]?.trim() ?? '') !== ''
}

/** NATS_TOKEN, NATS_NKEY and those to come. */
function isOfBroker(name: string): boolean {
  return name.toUpperCase().startsWith('NATS_')
}
