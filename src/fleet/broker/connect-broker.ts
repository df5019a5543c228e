import { isIP } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream'
import type { KV } from '@nats-io/kv'
import type { ObjectStore } from '@nats-io/obj'
import type { ConnectionOptions, NatsConnection } from '@nats-io/transport-node'
import { ExitCode, UserError, messageOf } from '../../system/user-error.js'
import type { BrokerAccess } from './broker-access.js'
import { openStores } from './stores.js'

/** A connection to the broker, which is made anew whenever it breaks. */
export interface Broker {
  connection: NatsConnection
  /** Publishes into the stream of runs, and reads from it. */
  stream: JetStreamClient
  manager: JetStreamManager
  /** The live agents by name. */
  agents: KV
  /** Payloads and answer comparisons by their SHA-256. */
  payloads: ObjectStore
  close: () => Promise<void>
}

export interface ConnectOptions {
  /** What the broker's own monitoring shows. */
  name: string
  signal?: AbortSignal | undefined
  /** Called when the connection is lost and when it is back. */
  onStatus: (text: string) => void
  /** Called when the connection is back. Stores that a broker lost are there again, without their contents. */
  onReconnect?: (() => void) | undefined
  /** How long to keep trying if the broker cannot be reached at first, ms. Default: 0. */
  patienceMs?: number | undefined
}

const retryMs = 1000
/** A broken link is found within about 10 s, also if nothing is sent. */
const heartbeat = { pingInterval: 5000, maxPingOut: 2 } as const

/**
 * Connects to the broker, and creates the stores that are missing there.
 *
 * @throws UserError (exit code 3) if it cannot be reached, refuses the credentials, or has no JetStream
 */
export async function connectBroker(access: BrokerAccess, options: ConnectOptions): Promise<Broker> {
  const { signal, onStatus, patienceMs = 0 } = options
  const began = Date.now()
  for (let reported = false; ; await sleep(retryMs, undefined, { signal })) {
    signal?.throwIfAborted()
    try {
      return await connectOnce(access, options)
    } catch (error) {
      const failure = explain(error, access)
      const canWait = Date.now() - began < patienceMs && isUnreachable(error)
      if (!canWait) throw failure
      if (!reported)
        onStatus(`the broker at ${access.url} cannot be reached (${messageOf(error)}); trying again`)
      reported = true
    }
  }
}

async function connectOnce(access: BrokerAccess, options: ConnectOptions): Promise<Broker> {
  // Loaded here, so that nothing of NATS is loaded without agents.
  const { connect } = await import('@nats-io/transport-node')
  const connection = await connect(await connectionOptions(access, options))
  try {
    const stores = await openStores(connection)
    void watchStatus(connection, access, options, stores.ensure)
    return { connection, ...stores, close: () => connection.close() }
  } catch (error) {
    await connection.close()
    throw error
  }
}

async function connectionOptions(
  { url, token, nkeySeed, tls }: BrokerAccess,
  { name }: ConnectOptions,
): Promise<ConnectionOptions> {
  const { nkeyAuthenticator, tokenAuthenticator } = await import('@nats-io/transport-node')
  const { hostname, port } = new URL(url)
  return {
    servers: `${hostname}:${port}`,
    name,
    // Names are looked up as everywhere else on this machine, with its hosts file.
    resolve: false,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    reconnectJitter: 100,
    reconnectJitterTLS: 100,
    // A broker that starts may refuse at first.
    ignoreAuthErrorAbort: true,
    timeout: 5000,
    ...heartbeat,
    ...(token !== undefined && { authenticator: tokenAuthenticator(token) }),
    ...(nkeySeed !== undefined && { authenticator: nkeyAuthenticator(new TextEncoder().encode(nkeySeed)) }),
    ...(tls !== undefined && {
      tls: Object.fromEntries(
        Object.entries({ ...tls, ...certificateName(hostname) }).filter(([, text]) => text !== undefined),
      ),
    }),
  }
}

/**
 * The name that the certificate of the broker must have, for tls.connect. Left to itself, the client names none if it does
 * not look up names, and Node would then expect a certificate of `localhost` from every broker.
 */
function certificateName(hostname: string): { host: string; servername: string } {
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  // An address is no name to ask for (RFC 6066, section 3).
  return { host, servername: isIP(host) === 0 ? host : '' }
}

async function watchStatus(
  connection: NatsConnection,
  { url }: BrokerAccess,
  { onStatus, onReconnect }: ConnectOptions,
  ensureStores: () => Promise<void>,
): Promise<void> {
  for await (const status of connection.status()) {
    if (status.type === 'disconnect') onStatus(`the connection to the broker at ${url} is lost; trying again`)
    if (status.type !== 'reconnect') continue
    onStatus(`connected to the broker at ${url} again`)
    // The next message fails if they cannot be made now, and its sender repeats it.
    await ensureStores().catch(() => undefined)
    onReconnect?.()
  }
}

function isUnreachable(error: unknown): boolean {
  return error instanceof Error && !['AuthorizationError', 'UserError'].includes(error.name) && !isTls(error)
}

function isTls(error: Error): boolean {
  return /certificate|\btls\b|self-signed|ssl/i.test(`${error.message} ${messageOf(error.cause)}`)
}

function explain(error: unknown, { url, tls }: BrokerAccess): unknown {
  if (error instanceof UserError || !(error instanceof Error)) return error
  const parts = { where: url, received: error.message, exitCode: ExitCode.environment, cause: error }
  if (error.name === 'AuthorizationError') {
    return new UserError('the broker does not accept the credentials', {
      ...parts,
      remedy:
        'Set NATS_TOKEN to its token, or NATS_NKEY to the seed of a user that it knows. They are read from the environment only.',
    })
  }
  if (isTls(error)) {
    return new UserError('no secure connection to the broker', {
      ...parts,
      remedy:
        'Write tls:// if the broker has a certificate, and nats:// if it has none. Set NATS_CA_FILE to the certificate authority if it is your own.',
    })
  }
  // It closes the connection of a client without one, which then hears nothing (TLS 1.3).
  const certificate =
    tls === undefined || tls.cert !== undefined
      ? ''
      : ' If it asks for client certificates, set NATS_CERT_FILE and NATS_KEY_FILE.'
  return new UserError('the broker cannot be reached', {
    ...parts,
    remedy: `Check that nats-server runs there (nats-server -js), and that a firewall lets connections through.${certificate}`,
  })
}
