import { expect, test } from 'vitest'
import { UserError } from '../../system/user-error.js'
import { describeVariables, parseAllowedVariables, refuseVariables } from './allowed-variables.js'

const environment = { TS_TOKEN: 'abc', API_KEY: 'def', EMPTY: ' ', NATS_TOKEN: 'ghi' }
const ask = (access: Parameters<typeof refuseVariables>[0], allowed: string[]) =>
  refuseVariables(access, parseAllowedVariables(allowed), environment)

test('without --env, no variable is sent, and a job that names none is fine', () => {
  expect(ask({}, [])).toBeUndefined()
  expect(ask({ headers: { host: 'app', 'x-tenant': 3 } }, [])).toBeUndefined()
  expect(ask({ tokenEnv: 'TS_TOKEN' }, [])).toBe(
    'this agent may not send the variable TS_TOKEN; it was started without --env TS_TOKEN',
  )
  expect(ask({ headers: { 'x-api-key': '$env:API_KEY' } }, [])).toContain('--env API_KEY')
  expect(ask({ headers: { host: '$env:HOME' } }, ['API_KEY'])).toContain('--env HOME')
})

test('with --env, the variables that it names are sent if they are set, and no others', () => {
  const both = { tokenEnv: 'TS_TOKEN', headers: { 'x-api-key': '$env:API_KEY' } }
  expect(ask(both, ['API_KEY', 'TS_TOKEN'])).toBeUndefined()
  expect(ask(both, ['TS_TOKEN'])).toContain('--env API_KEY')
  expect(ask({ tokenEnv: 'ts_token' }, ['TS_TOKEN'])).toContain('--env ts_token')
  for (const name of ['EMPTY', 'UNKNOWN'])
    expect(ask({ tokenEnv: name }, [name])).toBe(
      `the variable ${name} is not set in the environment of this agent`,
    )
  expect(ask({ tokenEnv: 'toString' }, [])).toContain('may not send')
})

test('credentials of the broker are never sent', () => {
  for (const name of ['NATS_TOKEN', 'nats_nkey'])
    expect(ask({ tokenEnv: name }, [])).toBe('a job cannot use the credentials of the broker')
  expect(() => parseAllowedVariables(['TS_TOKEN', 'NATS_TOKEN'])).toThrow('names a credential of the broker')
})

test('a refusal stays short, whatever the name', () => {
  expect(ask({ tokenEnv: `A${'b'.repeat(100_000)}` }, [])!.length).toBeLessThan(250)
})

test.each(['', '*', 'A-B', '1A', 'TS_TOKEN=abc', '$env:TS_TOKEN', 'a b'])(
  '%j is not the name of a variable, and is not repeated',
  (text) => {
    const refused = (() => {
      try {
        parseAllowedVariables([text])
      } catch (error) {
        return error
      }
    })()
    expect(refused).toBeInstanceOf(UserError)
    expect(refused).toMatchObject({
      message: '--env is not the name of an environment variable',
      exitCode: 2,
    })
    expect(JSON.stringify((refused as UserError).parts)).not.toContain('abc')
  },
)

test('the log says which variables may be sent, and which of them are not set', () => {
  expect(describeVariables(parseAllowedVariables(['TS_TOKEN', 'EMPTY']), environment)).toBe(
    'TS_TOKEN, EMPTY (not set)',
  )
})
