import { ExitCode } from '../system/user-error.js'
import type { Point } from '../scenario/plan/plan.js'
import type { MetricDecision } from './decision/metric-decision.js'
import type { RepetitionPair } from '../analysis/metrics.js'
import type { ThresholdResult } from '../analysis/thresholds.js'

export type GateVerdict = 'PASS' | 'FAIL' | 'INCONCLUSIVE' | 'INVALID'

/** The decision on one metric. A stored gate decides at several points, so it names the point. */
export interface PointDecision extends MetricDecision {
  point?: Point | undefined
}

/** The result of a gate: everything that its outputs are rendered from. */
export interface GateResult {
  verdict: GateVerdict
  exitCode: ExitCode
  /** Two servers measured in turn, or saved runs compared. */
  kind: 'live' | 'stored'
  scenario: string
  /** Labels of the two sides, such as a URL, a server specification or a run folder. */
  baseline: string
  candidate: string
  metrics: PointDecision[]
  thresholds: ThresholdResult[]
  /** Number of pairs that were measured and kept; undefined for stored runs. */
  pairs?: number | undefined
  /** Those pairs, in the order in which they were measured. */
  measuredPairs?: RepetitionPair[] | undefined
  /** Notes for the reader: discarded pairs, another machine, noise. */
  notes: string[]
  startedAt: string
  /** How long the gate took; undefined for stored runs. */
  durationS?: number | undefined
}

/** The exit code of an INCONCLUSIVE gate: 1, 0, or 5, which lets CI tell all verdicts apart. */
export type InconclusivePolicy = 'fail' | 'pass' | 'exit-5'

/**
 * One FAIL fails the gate. Without a FAIL, one INVALID (lateness decides it) makes it INVALID, and else one INCONCLUSIVE
 * makes it INCONCLUSIVE.
 */
export function gateVerdict({
  metrics,
  thresholds,
  invalid,
}: {
  metrics: readonly Pick<MetricDecision, 'verdict'>[]
  thresholds: readonly Pick<ThresholdResult, 'verdict'>[]
  /** Whether the measurements are invalid. */
  invalid: boolean
}): GateVerdict {
  if (invalid) return 'INVALID'
  const verdicts = new Set([...metrics, ...thresholds].map(({ verdict }) => verdict))
  if (verdicts.has('FAIL')) return 'FAIL'
  if (verdicts.has('INVALID')) return 'INVALID'
  return verdicts.has('INCONCLUSIVE') ? 'INCONCLUSIVE' : 'PASS'
}

const exitCodes = {
  PASS: ExitCode.pass,
  FAIL: ExitCode.regression,
  INVALID: ExitCode.invalid,
}

const inconclusiveExitCodes: Record<InconclusivePolicy, ExitCode> = {
  fail: ExitCode.regression,
  pass: ExitCode.pass,
  'exit-5': ExitCode.inconclusive,
}

export function gateExitCode(verdict: GateVerdict, inconclusive: InconclusivePolicy): ExitCode {
  return verdict === 'INCONCLUSIVE' ? inconclusiveExitCodes[inconclusive] : exitCodes[verdict]
}
