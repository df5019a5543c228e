import { resolve } from 'node:path'
import { newManifest } from '../measure/new-manifest.js'
import { planScenario } from '../plan/plan-scenario.js'
import { createRunFolder, linkLatest, readManifest } from '../samples/run-folder.js'
import type { RunManifest } from '../samples/run-manifest.js'
import { loadScenario } from '../scenario/load-scenario.js'

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
  const folder = resolve(out ?? `reports/${folderName(loaded.name, now)}`)
  const manifest = newManifest(loaded, plan, now)
  await createRunFolder(folder, manifest)
  await linkLatest(folder)
  return { folder, manifest }
}

/** Opens a run that was cut short; its own plan is what is measured on. */
export async function reopenRun(folder: string): Promise<OpenRun> {
  const manifest = await readManifest(folder)
  return { folder: resolve(folder), manifest }
}

/** `batch-sweep-2026-11-24T06-25-00Z`: sorts by time; a name's odd characters never reach the file system. */
function folderName(scenarioName: string, now: Date): string {
  const safeName = scenarioName.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[.-]+/, '') || 'run'
  const stamp = now.toISOString().replace(/\.\d+/, '').replaceAll(':', '-')
  return `${safeName}-${stamp}`
}
