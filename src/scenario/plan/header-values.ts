import { stringify } from 'safe-stable-stringify'
import { environmentVariable, hidden } from '../grammar/http-header.js'
import { isMapping } from '../text/located-data.js'
import type { Point, ServerSettings } from './plan.js'

/**
 * For JSON.stringify: replaces the values in `headers` of a server by `***`. `$env:NAME` stays, because it is no secret
 * and --resume reads the variable again.
 */
export function hideHeaderValue(field: string, value: unknown): unknown {
  if (field !== 'headers' || !isMapping(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, written]) => [
      name,
      environmentVariable(String(written)) === undefined ? hidden : written,
    ]),
  )
}

/** The names of headers whose values saved points lack. */
export function hiddenHeaders(points: readonly Pick<Point, 'server'>[]): string[] {
  const names = points.flatMap(({ server }) =>
    Object.entries(headersOf(server)).flatMap(([name, value]) => (value === hidden ? [name] : [])),
  )
  return [...new Set(names)]
}

/** Saved points with the headers of the same servers, as far as those are among `servers`. */
export function restoreHeaders<P extends Pick<Point, 'server'>>(
  points: readonly P[],
  servers: readonly ServerSettings[],
): P[] {
  const known = new Map(servers.map((server) => [serverKey(server), server]))
  return points.map((point) => ({ ...point, server: known.get(serverKey(point.server)) ?? point.server }))
}

function serverKey(server: ServerSettings): string {
  return stringify(JSON.parse(JSON.stringify(server, hideHeaderValue))) ?? ''
}

function headersOf(server: ServerSettings): Record<string, unknown> {
  return server.kind === 'url' ? (server.headers ?? {}) : {}
}
