import { basename } from 'node:path'
import { packageVersion } from '../system/package-root.js'
import type { Plan } from '../scenario/plan/plan.js'
import { schemaVersion, type RunManifest } from '../run/run-manifest.js'
import type { LoadedScenario } from '../scenario/load-scenario.js'
import { environmentFacts } from './environment-facts.js'

/** The manifest of a run that is about to begin. Of the scenario's path only the name: runs are handed around. */
export function newManifest(loaded: LoadedScenario, plan: Plan, startedAt: Date): RunManifest {
  const { name, file, text, overrides, hash, seed } = loaded
  const thresholds = loaded.thresholds.map((threshold) => threshold.text)
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
