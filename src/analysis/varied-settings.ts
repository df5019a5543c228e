import type { Point } from '../scenario/plan/plan.js'

/**
 * Equal for points that differ in nothing but their batching and the amount of their load: only such points stand
 * on the curves of one plot.
 */
export function surroundings({ video, server, model, load, slo }: Point): string {
  const kept = Object.entries(load).filter(([field]) => field !== 'framesInFlight' && field !== 'cameras')
  return JSON.stringify([video, server, model, slo, kept])
}

/**
 * What else these points differ in, besides batching, cameras and their rate, and frames in flight: a function
 * from a point to words such as `server.workers 2, video.width 320`, or to nothing where all are alike.
 */
export function variedSettings(points: Point[]): (point: Point) => string {
  const values = new Map<string, Set<string>>()
  for (const point of points)
    for (const [field, value] of fieldsOf(point))
      values.set(field, (values.get(field) ?? new Set()).add(value))
  const varied = new Set([...values].filter(([, found]) => found.size > 1).map(([field]) => field))
  return (point) =>
    fieldsOf(point)
      .filter(([field]) => varied.has(field))
      .map(([field, value]) => `${field} ${value}`)
      .join(', ')
}

/** Told by the load's own words. */
const toldElsewhere = new Set(['load.kind', 'load.framesInFlight', 'load.cameras', 'load.fps'])

function fieldsOf({ video, server, model, load, slo }: Point): [field: string, value: string][] {
  return Object.entries({ video, server, model, load, slo })
    .flatMap(([part, fields]) =>
      Object.entries(fields ?? {}).map(([field, value]): [string, string] => [
        `${part}.${field}`,
        inWords(value),
      ]),
    )
    .filter(([field]) => !toldElsewhere.has(field))
}

function inWords(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'none')
}
