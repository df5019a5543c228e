import { resolve } from 'node:path'
import { newManifest } from '../measure/new-manifest.js'
import { planScenario } from '../scenario/plan/plan-scenario.js'
import { createRunFolder, linkLatest, readManifest } from '../run/run-folder.js'
import type { RunManifest } from '../run/run-manifest.js'
import { loadScenario } from '../scenario/load-scenario.js'
import { newFolderUnderReports } from './new-folder-under-reports.js'

export interface OpenRun {
  /** Absolute. */
  folder: string
  manifest: RunManifest
}

/**
 * Makes the folder of a new run from a scenario, planned. Everything that can be wrong with the scenario is said
 * before the folder is made.
 */
export async function openNewRun(
  scenarioFile: string,
  {
    out,
    ...overrides
  }: { out?: string | undefined; server?: string | undefined; set?: string[] | undefined },
  now: Date,
): Promise<OpenRun> {
  const loaded = await loadScenario(scenarioFile, overrides)
  const plan = planScenario(loaded)
  const folder = out === undefined ? newFolderUnderReports(loaded.name, now) : resolve(out)
  const manifest = newManifest(loaded, plan, now)
  await createRunFolder(folder, manifest)
  // Only reports/ is ours to keep a `latest` in.
  if (out === undefined) await linkLatest(folder)
  return { folder, manifest }
}

/** Opens a run that was cut short; its own plan is what is measured on. */
export async function reopenRun(folder: string): Promise<OpenRun> {
  const manifest = await readManifest(folder)
  return { folder: resolve(folder), manifest }
}
