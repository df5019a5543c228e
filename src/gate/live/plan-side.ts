import { newManifest } from '../../measure/new-manifest.js'
import type { Point } from '../../scenario/plan/plan.js'
import { planScenario } from '../../scenario/plan/plan-scenario.js'
import type { RunManifest } from '../../run/run-manifest.js'
import type { LoadedScenario } from '../../scenario/load-scenario.js'
import { loadScenario } from '../../scenario/load-scenario.js'
import { choosePoint } from './choose-point.js'

export interface SideRequest {
  scenarioFile: string
  set?: readonly string[]
  /** Of a scenario with several points. */
  point?: number
}

/** One side before anything is measured: the point, and the manifest of the run that it will be. */
export interface PlannedSide {
  loaded: LoadedScenario
  point: Point
  manifest: RunManifest
}

/**
 * Reads the scenario for one server.
 *
 * @throws UserError (exit 2) where the scenario or the choice of a point is wrong
 */
export async function planSide(request: SideRequest, server: string): Promise<PlannedSide> {
  const loaded = await loadScenario(request.scenarioFile, { set: request.set ?? [], server })
  const plan = planScenario(loaded)
  const point = choosePoint(plan, request.point)
  const manifest = newManifest(loaded, { ...plan, points: [point], order: [] }, new Date())
  return { loaded, point, manifest }
}
