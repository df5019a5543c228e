import { basename } from 'node:path'
import { environmentFacts } from '../../measure/environment-facts.js'
import { packageVersion } from '../../package-root.js'
import type { Plan, Point } from '../../plan/plan.js'
import { planScenario } from '../../plan/plan-scenario.js'
import type { RunManifest } from '../../samples/run-manifest.js'
import { schemaVersion } from '../../samples/run-manifest.js'
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
  return { loaded, point, manifest: manifestOf(loaded, { ...plan, points: [point], order: [] }) }
}

function manifestOf(loaded: LoadedScenario, plan: Plan): RunManifest {
  return {
    schemaVersion,
    framestormVersion: packageVersion,
    startedAt: new Date().toISOString(),
    status: 'running',
    scenario: { name: loaded.name, file: basename(loaded.file), text: loaded.text, hash: loaded.hash },
    plan,
    seed: loaded.seed,
    environment: environmentFacts(),
    encodingCosts: [],
    measurements: [],
  }
}
