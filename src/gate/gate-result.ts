import { ExitCode } from '../system/user-error.js'
import type { Point } from '../scenario/plan/plan.js'
import type { MetricDecision } from './decision/metric-decision.js'
import type { RepetitionPair } from '../analysis/repetition.js'
import type { ThresholdResult } from '../analysis/thresholds.js'

export type GateVerdict = 'PASS' | 'FAIL' | 'INCONCLUSIVE' | 'INVALID'

/** A metric's decision, with the point it belongs to where a gate looks at several (stored runs). */
export interface PointDecision extends MetricDecision {
  point?: Point
}

/** Everything that the outputs say; nothing is computed after this. */
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
  /** Measured and kept; undefined for stored runs. */
  pairs?: number
  /** Those pairs, in the order in which they were measured. */
  measuredPairs?: RepetitionPair[]
  /** What a reader has to know: discarded pairs, another machine, a widened floor. */
  notes: string[]
  startedAt: string
  /** How long it measured; undefined for stored runs. */
  durationS?: number
}

/** What an INCONCLUSIVE gate tells its caller; `exit-5` lets CI tell the three verdicts apart. */
export type InconclusivePolicy = 'fail' | 'pass' | 'exit-5'

/** One FAIL fails; one INCONCLUSIVE keeps the whole from being a PASS. */
export function gateVerdict({
  metrics,
  thresholds,
  invalid,
}: {
  metrics: readonly Pick<MetricDecision, 'verdict'>[]
  thresholds: readonly Pick<ThresholdResult, 'verdict'>[]
  /** The measurements may not be believed. */
  invalid: boolean
}): GateVerdict {
  if (invalid) return 'INVALID'
  const verdicts = new Set([...metrics, ...thresholds].map(({ verdict }) => verdict))
  if (verdicts.has('FAIL')) return 'FAIL'
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
