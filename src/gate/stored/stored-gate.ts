import { basename, resolve } from 'node:path'
import { ExitCode, UserError } from '../../system/user-error.js'
import { analyseRun } from '../../report/write-run-outputs.js'
import type { RunAnalysis } from '../../analysis/run-analysis.js'
import { parseMetrics } from '../choose-metrics.js'
import type { GateResult, InconclusivePolicy } from '../gate-result.js'
import { writeOutputs } from '../../report/gate/write-gate-outputs.js'
import { thresholdsOfRun } from '../../analysis/thresholds/thresholds-of-run.js'
import { acceptBaseline, findRuns } from './baselines.js'
import { gateStoredRuns } from './gate-stored-runs.js'

export interface StoredGateRequest {
  run: string
  /** A run, or a folder of runs. */
  baseline: string
  /** `--metrics`, as written. */
  metrics?: string
  inconclusive: InconclusivePolicy
  /** Where the outputs go. */
  folder: string
}

/**
 * Judges a saved run against stored ones. A run never is its own baseline: where it lies in the folder itself, it is
 * left out.
 *
 * @throws UserError (exit 2) where nothing comparable is stored
 */
export async function storedGate(
  request: StoredGateRequest,
  { env }: { env: Record<string, string | undefined> },
): Promise<GateResult> {
  const metrics = request.metrics === undefined ? undefined : parseMetrics(request.metrics)
  const stored = (await findRuns(request.baseline)).filter(
    (folder) => resolve(folder) !== resolve(request.run),
  )
  if (stored.length === 0) {
    throw new UserError('a run cannot be its own baseline', {
      where: request.baseline,
      remedy: 'name another run, or a folder with earlier ones',
    })
  }
  const candidate = await analyseRun(request.run)
  const baselines: RunAnalysis[] = []
  for (const folder of stored) baselines.push(await analyseRun(folder))
  const result = gateStoredRuns({
    candidate,
    baselines,
    metrics,
    thresholds: thresholdsOfRun(candidate),
    inconclusive: request.inconclusive,
  })
  await writeOutputs(result, request.folder, env)
  return result
}

/**
 * `--accept`: records the run as a baseline, whatever the gate said: a regression that is accepted becomes the new
 * level. Only a complete run whose points may all be believed can be one.
 *
 * @param verdict undefined where there was nothing to compare with yet
 * @returns the folder that it was copied to
 */
export async function acceptRun(
  request: Pick<StoredGateRequest, 'run' | 'baseline'>,
  verdict: GateResult['verdict'] | undefined,
): Promise<string> {
  const { status, points } = await analyseRun(request.run)
  const invalid = points.filter(({ validity }) => validity === 'INVALID')
  if (status !== 'complete' || invalid.length > 0) {
    throw new UserError(`run ${basename(resolve(request.run))} cannot be a baseline`, {
      expected: 'a complete run of which every point is VALID',
      received: status === 'complete' ? `${invalid.length} INVALID points` : `a run that is ${status}`,
      remedy: 'mend what the report names, measure again and accept that run',
      exitCode: ExitCode.invalid,
    })
  }
  return acceptBaseline(request.run, request.baseline, { supersede: verdict === 'FAIL' })
}
