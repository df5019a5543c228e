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
 * A scenario, planned and checked as far as that is possible without decoding its video or starting its server. Both
 * a run and its --dry-run begin with this, so that both refuse the same.
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
 * Makes the folder of a new run from a scenario, planned. Everything that can be wrong with the scenario is said
 * before the folder is made.
 */
export async function openNewRun(
  scenarioFile: string,
  { out, ...overrides }: Overrides & { out?: string | undefined },
  now: Date,
): Promise<RunWriter> {
  const { loaded, plan } = await planRun(scenarioFile, overrides)
  const folder = out === undefined ? newFolderUnderReports(loaded.name, now) : resolve(out)
  const manifest = newManifest(loaded, plan, now)
  // Only reports/ is ours to keep a `latest` in.
  return createRun(folder, manifest, { latest: out === undefined })
}

/** Opens a run that was interrupted; its own plan is what is measured. */
export function openSavedRun(folder: string): Promise<RunWriter> {
  return reopenRun(folder, { latest: dirname(resolve(folder)) === resolve('reports') })
}
