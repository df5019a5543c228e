import { basename, isAbsolute } from 'node:path'
import type { Plan, Point } from '../scenario/plan/plan.js'

/**
 * The plan as it may be shown: of a file on this machine only its name. Reports are handed around, and runs of two
 * checkouts are compared; run.json keeps the paths, since a run is resumed on the machine that it began on.
 */
export function redactPaths(plan: Plan): Plan {
  return { ...plan, points: plan.points.map(redactPoint) }
}

function redactPoint(point: Point): Point {
  const { video, server, model } = point
  return {
    ...point,
    video: { ...video, source: withoutFolder(video.source) },
    model: {
      ...model,
      weights: withoutFolder(model.weights),
      ...(model.archive !== undefined && { archive: withoutFolder(model.archive) }),
    },
    server: redactServer(server),
  }
}

function redactServer(server: Point['server']): Point['server'] {
  switch (server.kind) {
    case 'embedded':
      return server.table === undefined ? server : { ...server, table: withoutFolder(server.table) }
    case 'url':
      return server.logFile === undefined ? server : { ...server, logFile: withoutFolder(server.logFile) }
    case 'auto':
    case 'torchserve':
      return server.handler === undefined ? server : { ...server, handler: withoutFolder(server.handler) }
  }
}

/** A file of this machine by its name alone; an address, a device or a preset name as it is. */
export function withoutFolder(source: string): string {
  return isAbsolute(source) ? basename(source) : source
}
