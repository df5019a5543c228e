import { basename, isAbsolute } from 'node:path'
import type { Plan, Point } from '../scenario/plan/plan.js'
import { changeFiles } from '../scenario/schema/file-settings.js'

/**
 * The plan as it may be shown: of a file on this machine only its name. Reports are handed around, and runs of two
 * checkouts are compared; run.json keeps the paths, since a run is resumed on the machine that it began on.
 */
export function redactPaths(plan: Plan): Plan {
  return { ...plan, points: plan.points.map(redactPoint) }
}

function redactPoint(point: Point): Point {
  return {
    ...point,
    video: changeFiles('video', point.video, withoutFolder),
    model: changeFiles('model', point.model, withoutFolder),
    server: changeFiles('server', point.server, withoutFolder),
  }
}

/** A file of this machine by its name alone; an address, a device or a preset name as it is. */
export function withoutFolder(source: string): string {
  return isAbsolute(source) ? basename(source) : source
}
