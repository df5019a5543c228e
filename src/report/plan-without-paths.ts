import { basename, isAbsolute } from 'node:path'
import type { Plan, Point } from '../scenario/plan/plan.js'

/**
 * The plan as it may be shown: of a file on this machine only its name. Reports are handed around, and runs of two
 * checkouts are compared; run.json keeps the paths, since a run is resumed on the machine that it began on.
 */
export function planWithoutPaths(plan: Plan): Plan {
  return { ...plan, points: plan.points.map(pointWithoutPaths) }
}

function pointWithoutPaths(point: Point): Point {
  const { video, server, model } = point
  return {
    ...point,
    video: { ...video, source: nameOf(video.source) },
    model: {
      ...model,
      weights: nameOf(model.weights),
      ...(model.archive !== undefined && { archive: nameOf(model.archive) }),
    },
    server: serverWithoutPaths(server),
  }
}

function serverWithoutPaths(server: Point['server']): Point['server'] {
  switch (server.kind) {
    case 'embedded':
      return server.table === undefined ? server : { ...server, table: nameOf(server.table) }
    case 'url':
      return server.logFile === undefined ? server : { ...server, logFile: nameOf(server.logFile) }
    case 'auto':
    case 'torchserve':
      return server.handler === undefined ? server : { ...server, handler: nameOf(server.handler) }
  }
}

/** A file of this machine by its name alone; an address, a device or a word as it is. */
export function nameOf(source: string): string {
  return isAbsolute(source) ? basename(source) : source
}
