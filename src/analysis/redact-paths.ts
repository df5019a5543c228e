import { basename, isAbsolute } from 'node:path'
import type { Plan, PlannedPoint } from '../scenario/plan/plan.js'
import { changeFiles } from '../scenario/schema/file-settings.js'

/**
 * The plan for reports: files of this machine appear by name, without their folder. Reports are published, and runs
 * from two checkouts are compared. run.json keeps the paths, because a run is resumed on the machine where it began.
 */
export function redactPaths(plan: Plan): Plan {
  return { ...plan, points: plan.points.map(redactPoint), ofCeiling: plan.ofCeiling?.map(redactPoint) }
}

function redactPoint<P extends PlannedPoint>(point: P): P {
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
