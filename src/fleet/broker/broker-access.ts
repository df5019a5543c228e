import { readFileSync } from 'node:fs'
import { ExitCode, UserError, messageOf } from '../../system/user-error.js'

/** Where the broker is, and how to prove that one may use it. Never part of an output. */
export interface BrokerAccess {
  /** `nats://host:4222`, or `tls://…` */
  url: string
  token?: string | undefined
  /** The seed of an NKey: `SU…` */
  nkeySeed?: string | undefined
  /** PEM texts; undefined without TLS. */
  tls?: { ca?: string | undefined; cert?: string | undefined; key?: string | undefined } | undefined
}

const defaultPort = 4222
const expectedUrl = 'an address such as nats://host:4222, or tls://host:4222'

/** @throws UserError (exit code 2) if it is no address, or has credentials in it */
function requireBrokerUrl(flag: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.username !== undefined && url.username + url.password !== '') {
    throw new UserError(`${flag} has credentials in it, which other users of this machine can read`, {
      where: flag,
      expected: expectedUrl,
      received: 'an address with a user, a token or a password (hidden)',
      remedy:
        'Put the token into the environment variable NATS_TOKEN, or the seed of an NKey into NATS_NKEY.',
    })
  }
  const isAddress = url !== undefined && ['nats:', 'tls:'].includes(url.protocol) && url.hostname !== ''
  if (!isAddress || url.pathname.length > 1 || url.search + url.hash !== '') {
    throw new UserError(`${flag} is not the address of a broker`, {
      where: flag,
      expected: expectedUrl,
      received: JSON.stringify(text),
    })
  }
  return `${url.protocol}//${url.hostname}:${url.port === '' ? defaultPort : url.port}`
}

/**
 * The access to a broker: its address as typed, and the credentials from the environment. They are in no argument,
 * because `ps` shows arguments, and in no file of ours.
 *
 * @throws UserError (exit code 2) if it is no address, or has credentials in it; (exit code 3) if a file cannot be read,
 * or the variables contradict each other
 */
export function readBrokerAccess(
  flag: string,
  address: string,
  environment: NodeJS.ProcessEnv = process.env,
): BrokerAccess {
  const url = requireBrokerUrl(flag, address)
  const value = (name: string) => environment[name]?.trim() || undefined
  const [token, nkeySeed] = [value('NATS_TOKEN'), value('NATS_NKEY')]
  if (token !== undefined && nkeySeed !== undefined) {
    throw new UserError('NATS_TOKEN and NATS_NKEY are both set', {
      expected: 'one of them',
      remedy: 'Unset the one that the broker does not use.',
      exitCode: ExitCode.environment,
    })
  }
  if (nkeySeed !== undefined && !/^SU[A-Z2-7]{56}$/.test(nkeySeed)) {
    throw new UserError('NATS_NKEY is not the seed of a user', {
      where: 'environment variable NATS_NKEY',
      expected: '58 characters that begin with SU, as from `nk -gen user`',
      received: 'another text (hidden)',
      exitCode: ExitCode.environment,
    })
  }
  const files = { ca: 'NATS_CA_FILE', cert: 'NATS_CERT_FILE', key: 'NATS_KEY_FILE' } as const
  const pem = (name: string) => {
    const file = value(name)
    return file === undefined ? undefined : readPem(name, file)
  }
  const tls = { ca: pem(files.ca), cert: pem(files.cert), key: pem(files.key) }
  if ((tls.cert === undefined) !== (tls.key === undefined)) {
    throw new UserError(`${files.cert} and ${files.key} belong together`, {
      expected: 'both, or none of them',
      exitCode: ExitCode.environment,
    })
  }
  const usesTls = url.startsWith('tls:') || Object.values(tls).some((text) => text !== undefined)
  return { url, token, nkeySeed, tls: usesTls ? tls : undefined }
}

function readPem(variable: string, file: string): string {
  try {
    return readFileSync(file, 'latin1')
  } catch (error) {
    throw new UserError(`the file in ${variable} cannot be read`, {
      where: file,
      received: messageOf(error),
      remedy: `Set ${variable} to the path of a PEM file on this machine.`,
      exitCode: ExitCode.environment,
      cause: error,
    })
  }
}
