import { type ConnectionOptions, createSecureContext } from 'node:tls'
import { type TlsSettings, tlsOptions } from '../server/access.js'

/** Where the connections of a load go. Plain data. */
export interface ConnectionTarget {
  /** An IP address, resolved once before the load, so that name resolution does not delay connections. */
  address: string
  port: number
  /** Undefined without TLS. */
  tls?: TlsSettings | undefined
}

/** The TLS options of connections to a target. The context with the certificates is made once. */
export function connectionTls({ tls }: ConnectionTarget): ConnectionOptions | undefined {
  if (tls === undefined) return undefined
  const { ca, cert, key, ...options } = tlsOptions(tls)
  return { ...options, secureContext: createSecureContext({ ca, cert, key }) }
}
