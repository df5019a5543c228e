import { describe, expect, test } from 'vitest'
import type { ServerSettings } from '../../scenario/plan/plan.js'
import { formatUserError, UserError } from '../../system/user-error.js'
import { parseFleetFlags, requireReachable, requireSameFleet, type FleetRequest } from './fleet-request.js'

/** The error as a user reads it. */
function errorOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (error instanceof UserError && error.exitCode === 2) return formatUserError(error)
    throw error
  }
  return 'no error'
}

const elsewhere: FleetRequest = { kind: 'elsewhere', agents: 2, broker: { url: 'nats://broker:4222' } }
const local: FleetRequest = { kind: 'local', agents: 2 }

describe('flags', () => {
  test('without --agents this process sends the load', () => {
    expect(parseFleetFlags({})).toBeUndefined()
  })

  test('local agents need nothing else', () => {
    expect(parseFleetFlags({ agents: 'local:4' })).toEqual({ kind: 'local', agents: 4 })
  })

  test('agents elsewhere need a broker, and may have shares by label', () => {
    expect(
      parseFleetFlags({ agents: '4', nats: 'nats://broker', spread: 'zone=eu:70,zone=us:30' }),
    ).toMatchObject({
      kind: 'elsewhere',
      agents: 4,
      broker: { url: 'nats://broker:4222' },
      spread: [
        { label: 'zone', value: 'eu', share: 70 },
        { label: 'zone', value: 'us', share: 30 },
      ],
    })
  })

  test.each([
    [{ nats: 'nats://broker' }, '--nats needs --agents'],
    [{ spread: 'zone=eu:1' }, '--spread needs --agents'],
    [{ agents: '0' }, 'a number of agents from 1 to 256'],
    [{ agents: '' }, 'received  nothing'],
    [{ agents: '1000' }, 'received  1000'],
    [{ agents: 'locale:2' }, 'such as 4 or local:4'],
    [{ agents: '2.5' }, '--agents is not valid'],
    [{ agents: '4' }, 'use --agents local:4 for 4 agents on this machine'],
    [{ agents: 'local:2', nats: 'nats://broker' }, '--nats is not for local agents'],
    [{ agents: 'local:2', spread: 'zone=eu:1' }, '--spread is not for local agents'],
    [{ agents: '2', nats: 'http://broker' }, '--nats is not the address of a broker'],
    [{ agents: '2', nats: 'nats://secret@broker' }, 'NATS_TOKEN'],
    [{ agents: '2', nats: 'nats://broker', spread: 'zone' }, 'the spread is not valid'],
  ])('%o is refused: %s', (flags, text) => {
    expect(errorOf(() => parseFleetFlags(flags))).toContain(text)
  })
})

/** Only what is looked at. */
function server(settings: object): ServerSettings {
  return settings as ServerSettings
}

describe('a server that Framestorm starts', () => {
  test.each(['auto', 'torchserve', 'embedded'])('can be reached by local agents only: %s', (kind) => {
    expect(() => requireReachable(server({ kind }), undefined)).not.toThrow()
    expect(() => requireReachable(server({ kind }), local)).not.toThrow()
    expect(errorOf(() => requireReachable(server({ kind }), elsewhere))).toContain(
      'agents elsewhere cannot reach this server',
    )
  })
})

describe('a server by its URL', () => {
  test('can be reached by all agents', () => {
    for (const request of [undefined, local, elsewhere])
      expect(() => requireReachable(server({ kind: 'url', tokenEnv: 'TOKEN' }), request)).not.toThrow()
  })

  test.each(['tokenFile', 'caFile', 'certFile', 'keyFile'])(
    'cannot have %s, a file of this machine',
    (field) => {
      const withFile = server({ kind: 'url', [field]: '/home/me/file' })
      expect(() => requireReachable(withFile, undefined)).not.toThrow()
      for (const request of [local, elsewhere])
        expect(errorOf(() => requireReachable(withFile, request))).toContain(`server.${field}`)
    },
  )
})

describe('a resumed run', () => {
  const agent = { firstClient: 0, clients: 1, complete: true }
  const byTwo = [
    {
      agents: [
        { ...agent, site: 'eu' },
        { ...agent, site: 'us' },
      ],
    },
  ]

  test('needs as many agents as before', () => {
    expect(() => requireSameFleet([], local)).not.toThrow()
    expect(() => requireSameFleet([{}], undefined)).not.toThrow()
    expect(() => requireSameFleet(byTwo, local)).not.toThrow()
  })

  test('of a search may have loads that only some of the agents sent', () => {
    const search = { mayLeaveOut: true }
    expect(() => requireSameFleet(byTwo, { kind: 'local', agents: 3 }, search)).not.toThrow()
    expect(errorOf(() => requireSameFleet(byTwo, { kind: 'local', agents: 1 }, search))).toContain('2 agents')
    expect(errorOf(() => requireSameFleet(byTwo, undefined, search))).toContain('2 agents')
    expect(() => requireSameFleet([{}], undefined, search)).not.toThrow()
  })

  test('is refused with others', () => {
    expect(errorOf(() => requireSameFleet(byTwo, undefined))).toContain('2 agents: eu, us')
    expect(errorOf(() => requireSameFleet(byTwo, { kind: 'local', agents: 3 }))).toContain(
      'received  3 agents',
    )
    expect(errorOf(() => requireSameFleet([{}], local))).toContain('Remove --agents')
  })
})
