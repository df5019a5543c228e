import { isIPv4 } from 'node:net'
import { hostAndPort, type Endpoint } from '../../server/endpoint.js'
import { UserError } from '../../system/user-error.js'

type Address = Pick<Endpoint, 'host' | 'port'>

/** The addresses to which an agent may send a load. `loopback`: loopback addresses, at any port. */
export type AllowedAddresses = readonly (Address | typeof loopback)[]

const loopback = 'loopback'

/**
 * Reads the values of `--allow`.
 *
 * @throws UserError (exit code 2) for a value that is not host:port
 */
export function parseAllowed(given: readonly string[]): AllowedAddresses {
  return given.length === 0
    ? [loopback]
    : given.map((text) => (text === loopback ? text : parseAddress(text)))
}

function parseAddress(text: string): Address {
  const url = /^[\w.:[\]-]+:\d{1,5}$/.test(text) && URL.canParse(`tcp://${text}`) && new URL(`tcp://${text}`)
  const port = url === false ? 0 : Number(url.port)
  if (url !== false && port > 0 && url.hostname !== '') {
    return { host: url.hostname.toLowerCase().replace(/^\[(.*)\]$/, '$1'), port }
  }
  throw new UserError('--allow is not an address', {
    where: '--allow',
    expected: 'host:port, such as 10.0.0.5:8080, inference.example.com:443 or [fd00::5]:8080',
    received: JSON.stringify(text),
    remedy: 'Give the host and the port of the server that this agent may load. Repeat --allow for several.',
  })
}

/** Whether a load may go to an address. Names are compared as written, and not looked up. */
export function isAllowed({ host, port }: Address, allowed: AllowedAddresses): boolean {
  const name = host.toLowerCase()
  return allowed.some((one) => (one === loopback ? isLoopback(name) : one.host === name && one.port === port))
}

/** Whether a host is an address of the machine itself, as written. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'))
}

/** The addresses as text, for the announcement and for messages. */
export function describeAllowed(allowed: AllowedAddresses): string[] {
  return allowed.map((one) => (one === loopback ? one : hostAndPort(one)))
}
