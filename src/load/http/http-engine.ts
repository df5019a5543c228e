import type { EngineSettings, LoadEngine } from '../exchange.js'
import { Connection, type ConnectionSettings } from './connection.js'
import { requestBuilder } from './request-builder.js'

/** A POST per request over HTTP/1.1, each on a connection that has no other request in flight. */
export function httpEngine({
  payload,
  endpoint,
  headers,
  deadlineMs,
  ...settings
}: EngineSettings): LoadEngine {
  const shared: ConnectionSettings = {
    ...settings,
    deadlineUs: deadlineMs * 1000,
    builder: requestBuilder(payload, endpoint, headers),
  }
  return {
    answerName: 'an HTTP/1.1 answer',
    open: (onEnd) => new Connection(shared, onEnd),
    setHeaders(current) {
      shared.builder = requestBuilder(payload, endpoint, current)
    },
    close: () => undefined,
  }
}
