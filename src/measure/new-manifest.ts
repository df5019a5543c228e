import { basename } from 'node:path'
import { packageVersion } from '../system/package-root.js'
import type { Plan } from '../scenario/plan/plan.js'
import { schemaVersion, type RunManifest } from '../run/manifest.js'
import type { LoadedScenario } from '../scenario/load-scenario.js'
import { arch, cpus, platform, release, totalmem } from 'node:os'

/** The manifest of a run that is about to begin. Of the scenario's path only the name: runs are handed around. */
export function newManifest(loaded: LoadedScenario, plan: Plan, startedAt: Date): RunManifest {
  const { name, file, text, overrides, hash, seed, thresholds } = loaded
  return {
    schemaVersion,
    framestormVersion: packageVersion,
    startedAt: startedAt.toISOString(),
    status: 'running',
    scenario: { name, file: basename(file), text, overrides, hash, thresholds },
    plan,
    seed,
    environment: environmentFacts(),
    encodingCosts: [],
    measurements: [],
  }
}

/**
 * The machine, stored with every run so that two runs can be compared. No host name and no user:
 * reports are handed around.
 */
function environmentFacts(): Record<string, string> {
  const cores = cpus()
  return {
    os: `${platform()} ${release()}`,
    cpu: cores[0]?.model.trim() ?? arch(),
    cores: String(cores.length),
    memory: `${(totalmem() / 2 ** 30).toFixed(1)} GiB`,
    node: process.versions.node,
  }
}
