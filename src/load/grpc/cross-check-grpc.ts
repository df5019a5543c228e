import { Client, credentials, Metadata, type ChannelCredentials, type ClientOptions } from '@grpc/grpc-js'
import { grpcPrefixBytes } from '../../frames/message/grpc-prefix.js'
import { readTlsSettings, requestHeaders, tlsOptions } from '../../server/access.js'
import { hostAndPort, type Endpoint } from '../../server/endpoint.js'
import { nowUs } from '../../system/now-us.js'

/** A closed load of calls on as many connections, each with one call in flight. */
export interface GrpcCrossCheck {
  endpoint: Endpoint
  /** Messages with their prefix, sent in turn. */
  bodies: readonly Buffer[]
  connections: number
  deadlineMs: number
  durationS: number
}

const asIs = (message: Buffer) => message

/**
 * Makes the calls with @grpc/grpc-js, the library of the gRPC project, which shares no code with Framestorm's load
 * engine. Returns the calls per second that were answered with OK.
 */
export async function crossCheckCalls(job: GrpcCrossCheck, signal: AbortSignal): Promise<number> {
  const { endpoint, bodies, connections, deadlineMs, durationS } = job
  const metadata = new Metadata()
  for (const [name, value] of Object.entries(requestHeaders(endpoint))) {
    if (name.toLowerCase() !== 'host') metadata.set(name, value)
  }
  // grpc-js has put the prefix before a message itself.
  const messages = bodies.map((body) => body.subarray(grpcPrefixBytes))
  const { channel, options } = channelOf(endpoint)
  const clients = Array.from(
    { length: connections },
    () => new Client(hostAndPort(endpoint), channel, options),
  )
  const startUs = nowUs()
  const endUs = startUs + durationS * 1e6
  let answered = 0
  let next = 0

  function call(client: Client): Promise<void> {
    return new Promise((resolve) => {
      const message = messages[next++ % messages.length]!
      const deadline = Date.now() + deadlineMs
      const sent = client.makeUnaryRequest(
        endpoint.path,
        asIs,
        asIs,
        message,
        metadata,
        { deadline },
        (error) => {
          signal.removeEventListener('abort', cancel)
          if (error === null && nowUs() <= endUs) answered++
          resolve()
        },
      )
      const cancel = () => sent.cancel()
      signal.addEventListener('abort', cancel)
    })
  }

  try {
    await Promise.all(
      clients.map(async (client) => {
        while (!signal.aborted && nowUs() < endUs) await call(client)
      }),
    )
  } finally {
    for (const client of clients) client.close()
  }
  return (answered * 1e6) / (Math.min(nowUs(), endUs) - startUs)
}

function channelOf(endpoint: Endpoint): { channel: ChannelCredentials; options: ClientOptions } {
  const options: ClientOptions = {
    // Each client has a connection of its own.
    'grpc.use_local_subchannel_pool': 1,
    'grpc.enable_http_proxy': 0,
    'grpc.max_receive_message_length': -1,
  }
  const host = Object.entries(requestHeaders(endpoint)).find(([name]) => name.toLowerCase() === 'host')?.[1]
  if (host !== undefined) options['grpc.default_authority'] = host
  if (!endpoint.tls) return { channel: credentials.createInsecure(), options }
  const settings = readTlsSettings(endpoint, endpoint.host)
  const bytes = (text: string | undefined) => (text === undefined ? null : Buffer.from(text))
  const { checkServerIdentity, servername } = tlsOptions(settings)
  if (servername !== undefined && servername !== '') options['grpc.ssl_target_name_override'] = servername
  const channel = credentials.createSsl(bytes(settings.ca), bytes(settings.key), bytes(settings.cert), {
    ...(checkServerIdentity && { checkServerIdentity }),
  })
  return { channel, options }
}
