import { dirname, resolve } from 'node:path'
import { newManifest } from '../measure/new-manifest.js'
import { planScenario } from '../scenario/plan/plan-scenario.js'
import { createRun, reopenRun, type RunWriter } from '../run/run-writer.js'
import { loadScenario, type LoadedScenario } from '../scenario/load-scenario.js'
import type { Plan } from '../scenario/plan/plan.js'
import { requireMeasurable } from '../measure/check-plan.js'
import { newFolderUnderReports } from './new-folder-under-reports.js'

interface Overrides {
  server?: string | undefined
  set?: string[] | undefined
}

/**
 * Plans a scenario, and checks everything that can be checked without decoding its video or starting its server. A run
 * and its --dry-run both begin with this, so that both refuse the same scenarios.
 * @throws UserError (exit 2)
 */
export async function planRun(
  scenarioFile: string,
  overrides: Overrides,
): Promise<{ loaded: LoadedScenario; plan: Plan }> {
  const loaded = await loadScenario(scenarioFile, overrides)
  const plan = planScenario(loaded)
  await requireMeasurable(plan.points)
  return { loaded, plan }
}

/**
 * Makes the folder of a new run from a scenario, planned. The scenario is checked completely before the folder is made.
 */
export async function openNewRun(
  scenarioFile: string,
  { out, ...overrides }: Overrides & { out?: string | undefined },
  now: Date,
): Promise<RunWriter> {
  const { loaded, plan } = await planRun(scenarioFile, overrides)
  const folder = out === undefined ? newFolderUnderReports(loaded.name, now) : resolve(out)
  const manifest = newManifest(loaded, plan, now)
  // Only reports/ has a `latest` link.
  return createRun(folder, manifest, { latest: out === undefined })
}

/** Opens a run that was interrupted. Its saved plan is measured. */
export function openSavedRun(folder: string): Promise<RunWriter> {
  return reopenRun(folder, { latest: dirname(resolve(folder)) === resolve('reports') })
}
