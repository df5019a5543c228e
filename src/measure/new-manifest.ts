import { basename } from 'node:path'
import { packageVersion } from '../system/package-root.js'
import type { Plan } from '../scenario/plan/plan.js'
import { schemaVersion, type RunManifest } from '../run/manifest.js'
import type { LoadedScenario } from '../scenario/load-scenario.js'
import { arch, cpus, platform, release, totalmem } from 'node:os'

/** The manifest of a new run. It has only the file name of the scenario, not its path, because runs are shared. */
export function newManifest(loaded: LoadedScenario, plan: Plan, startedAt: Date): RunManifest {
  const { name, file, text, overrides, hash, seed, thresholds, output } = loaded
  return {
    schemaVersion,
    framestormVersion: packageVersion,
    startedAt: startedAt.toISOString(),
    status: 'running',
    scenario: { name, file: basename(file), text, overrides, hash, thresholds, output },
    plan,
    seed,
    environment: environmentFacts(),
    encodingCosts: [],
    measurements: [],
  }
}

/**
 * The facts about the machine, stored with every run so that runs on different machines can be distinguished. No host
 * name and no user name, because reports are shared.
 */
function environmentFacts(): Record<string, string> {
  const cores = cpus()
  return {
    os: `${platform()} ${release()}`,
    cpu: cores[0]?.model.trim() ?? arch(),
    cores: String(cores.length),
    memory: `${(totalmem() / 1e9).toFixed(1)} GB`,
    node: process.versions.node,
  }
}
