/*
 * The library: `import { runScenario } from 'framestorm'`. Unstable: names and types may change in any version
 * before 1.0. docs/api.md describes it. Everything else in the package is private.
 */
import type { RunAnalysis } from './analysis/analyse-run.js'
import { measureRecommended } from './capacity/recommend/measure-recommended.js'
import { collectRecommended } from './capacity/recommend/recommended-run.js'
import { measuredScenario, openNewRun } from './cli/open-run.js'
import { parseMetrics } from './gate/choose-metrics.js'
import type { GateResult, InconclusivePolicy } from './gate/gate-result.js'
import { gateStoredRuns } from './gate/stored/gate-stored-runs.js'
import type { RunObserver } from './measure/measure-plan.js'

export { analyseRun } from './analysis/analyse-run.js'
export { readManifest as readRun } from './run/run-folder.js'
export { UserError } from './system/user-error.js'
export type { RunManifest } from './run/manifest.js'
export type { GateResult, InconclusivePolicy, RunAnalysis, RunObserver }

export interface RunScenarioOptions {
  /** The run folder; it must be new or empty. */
  out: string
  /** Replaces the scenario's server: `auto`, `torchserve`, `embedded`, `http://…`. */
  server?: string | undefined
  /** Fields of the scenario, `path=value`: `measure.durationS=5`. */
  set?: string[] | undefined
  /**
   * Measures only until it is decided which setting carries most, for at most so many seconds (`true`: 300). The scenario
   * needs a closed load, and one server, model and video.
   */
  untilDecided?: boolean | { budgetS: number } | undefined
  /** Ends the run early. What was measured is kept. */
  signal?: AbortSignal | undefined
  /** Receives status and progress events. */
  observer?: Partial<RunObserver> | undefined
}

/**
 * Measures a scenario file and saves the run, with the run that confirms its recommendation. Prints nothing.
 *
 * @returns the absolute path of the run folder, for `analyseRun`
 * @throws UserError for an invalid scenario, or if the machine or the server cannot be used
 */
export async function runScenario(
  scenarioFile: string,
  { out, server, set, untilDecided = false, signal, observer }: RunScenarioOptions,
): Promise<string> {
  const race = untilDecided === true ? {} : untilDecided || undefined
  const run = await openNewRun(scenarioFile, { out, server, set, race }, new Date())
  const { analyse } = collectRecommended(run.folder, await measuredScenario(run.manifest))
  await measureRecommended(run, {
    analyse,
    signal: signal ?? new AbortController().signal,
    observer,
    crossCheck: false,
  })
  return run.folder
}

export interface DecideGateOptions {
  candidate: RunAnalysis
  /** Earlier runs of the same scenario, at least one. */
  baselines: readonly RunAnalysis[]
  /** Metrics with floors, `fps:5%,requestLatencyP99Ms`; undefined: the defaults of each point's load. */
  metrics?: string | undefined
  /** Decides the exit code of an INCONCLUSIVE gate. Default: `exit-5`. */
  inconclusive?: InconclusivePolicy | undefined
}

/**
 * Decides if a run is slower than earlier ones; thresholds of the candidate's scenario count too. Writes nothing.
 *
 * @throws UserError if the runs are not comparable
 */
export function decideGate({
  candidate,
  baselines,
  metrics,
  inconclusive = 'exit-5',
}: DecideGateOptions): GateResult {
  return gateStoredRuns({
    candidate,
    baselines,
    ...(metrics !== undefined && { metrics: parseMetrics(metrics) }),
    inconclusive,
  })
}
