import { ExitCode } from '../system/user-error.js'
import type { MetricDecision } from './decision/metric-decision.js'
import type { GateVerdict } from './gate-result.js'
import type { ThresholdResult } from '../analysis/thresholds/threshold-result.js'

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
