import type { EngineSettings, LoadEngine } from '../exchange.js'
import { GrpcExchange, type GrpcCalls } from './grpc-exchange.js'
import { Http2Connection } from './http2-connection.js'
import { messageBuilder } from './message-builder.js'

/**
 * Unary gRPC calls over HTTP/2.
 *
 * Each edge device, and each loop of a closed load, has one connection of its own, as a device with a gRPC channel has.
 * Its calls share it as streams. So devices do not wait for each other, and a load has as many connections as over
 * HTTP/1.1. If the server allows fewer streams on a connection (SETTINGS_MAX_CONCURRENT_STREAMS) than a device has calls
 * in flight, the device opens another connection, because only the settings of the load may limit what is in flight.
 */
export function grpcEngine(settings: EngineSettings): LoadEngine {
  const { payload, endpoint, deadlineMs, target, tls, readBuffer, keepBody, onRetry } = settings
  /** The connections of each edge device that are not closed. */
  const connections = new Map<number, Http2Connection[]>()
  const buildWith = (headers: Record<string, string>) =>
    messageBuilder(payload, endpoint, { headers, deadlineMs })
  const calls: GrpcCalls = {
    builder: buildWith(settings.headers),
    deadlineUs: deadlineMs * 1000,
    keepBody,
    onRetry,
    connectionFor(client) {
      const own = connections.get(client)
      if (own !== undefined) for (const each of own) if (each.hasRoom) return each
      const opened = new Http2Connection({ target, tls, readBuffer }, (closed) => {
        const left = connections.get(client)?.filter((each) => each !== closed) ?? []
        if (left.length === 0) connections.delete(client)
        else connections.set(client, left)
      })
      connections.set(client, [...(connections.get(client) ?? []), opened])
      return opened
    },
  }
  return {
    answerName: 'a gRPC answer',
    open: (onEnd) => new GrpcExchange(calls, onEnd),
    setHeaders(headers) {
      calls.builder = buildWith(headers)
    },
    close() {
      for (const own of [...connections.values()]) for (const each of own) each.close({ kind: 'closed' })
    },
  }
}
