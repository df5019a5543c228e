import { readdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { analyseRun, type RunAnalysis } from '../../analysis/analyse-run.js'
import { plural } from '../../system/plural.js'
import { ExitCode, UserError } from '../../system/user-error.js'
import { parseMetrics } from '../choose-metrics.js'
import type { GateResult, InconclusivePolicy } from '../gate-result.js'
import { gateStoredRuns } from './gate-stored-runs.js'

export interface StoredGateRequest {
  /** The folder of the run to compare. */
  run: string
  /** A run folder, or a folder of run folders. */
  baseline: string
  /** `--metrics`, as written. */
  metrics?: string | undefined
  inconclusive: InconclusivePolicy
}

/**
 * Compares a saved run with stored ones. A run is never its own baseline: if it is in the folder of baselines itself,
 * it is left out.
 *
 * @throws UserError (exit 2) if nothing comparable is stored
 */
export async function storedGate({
  run,
  baseline,
  metrics,
  inconclusive,
}: StoredGateRequest): Promise<{ result: GateResult; candidate: RunAnalysis }> {
  const chosen = metrics === undefined ? undefined : parseMetrics(metrics)
  const stored = (await findRuns(baseline)).filter((folder) => resolve(folder) !== resolve(run))
  if (stored.length === 0) {
    throw new UserError('a run cannot be its own baseline', {
      where: baseline,
      remedy: 'Give another run, or a folder with earlier runs.',
    })
  }
  const candidate = await analyseRun(run)
  const baselines: RunAnalysis[] = []
  for (const folder of stored) baselines.push(await analyseRun(folder))
  const result = gateStoredRuns({
    candidate,
    baselines,
    metrics: chosen,
    inconclusive,
  })
  return { result, candidate }
}

/**
 * Requires a run that may become a baseline (`--accept`): complete, with every planned point measured and VALID.
 *
 * @throws UserError (exit 4) for any other run
 */
export function requireBaselineQuality({ run, status, points, leftOut = [] }: RunAnalysis): void {
  const invalid = points.filter(({ validity }) => validity === 'INVALID').length
  const problems = [
    ...(status === 'complete' ? [] : [`a run with the status "${status}"`]),
    ...(invalid === 0 ? [] : [`${invalid} INVALID ${invalid === 1 ? 'point' : 'points'}`]),
    ...(leftOut.length === 0 ? [] : [`${plural(leftOut.length, 'point')} left out`]),
  ]
  if (problems.length === 0) return
  throw new UserError(`run ${run} cannot be a baseline`, {
    expected: 'a complete run with VALID points only',
    received: problems.join(', '),
    remedy: 'Fix the problems named in the report, measure again, and accept the new run.',
    exitCode: ExitCode.invalid,
  })
}

/**
 * The run folders at a path: itself, or all run folders directly in it, in order of their names.
 *
 * @throws UserError (exit 2) if there is none
 */
export async function findRuns(path: string): Promise<string[]> {
  if (await isRun(path)) return [path]
  const entries = await readdir(path, { withFileTypes: true }).catch(() => [])
  const folders = entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => join(path, entry.name))
    .toSorted()
  const runs: string[] = []
  for (const folder of folders) if (await isRun(folder)) runs.push(folder)
  if (runs.length > 0) return runs
  throw new UserError('there is no run to compare with', {
    where: path,
    expected: 'a run folder (with a run.json), or a folder of run folders',
    remedy: 'Record a first baseline with `framestorm gate <run> --baseline <folder> --accept`.',
  })
}

export async function isRun(path: string): Promise<boolean> {
  const found = await stat(join(path, 'run.json')).catch(() => undefined)
  return found?.isFile() ?? false
}
