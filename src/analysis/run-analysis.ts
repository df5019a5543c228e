import type { Plan } from '../scenario/plan/plan.js'
import type { EncodingCost } from '../frames/payload/measure-encoding-cost.js'
import type { AnswerReference } from '../run/answer-reference.js'
import type { ModelIdentity, RunManifest, VideoIdentity } from '../run/run-manifest.js'
import type { ServerIdentity } from '../server/running-server.js'
import type { ExitCode } from '../system/user-error.js'
import type { MeasurementSummary } from './measurement-summary.js'
import type { PointSummary } from './point-summary.js'
import type { EncodedServiceTime } from './service-time.js'
import type { ThresholdResult } from './thresholds.js'
import type { Verdict } from './verdict.js'

/** Everything that a report, a summary or a machine wants of a run: plain data, JSON-able. */
export interface RunAnalysis {
  /** The run folder's name; never a path of this machine. */
  run: string
  framestormVersion: string
  startedAt: string
  finishedAt?: string | undefined
  status: RunManifest['status']
  scenario: RunManifest['scenario']
  seed: number
  environment: Record<string, string>
  server?: ServerIdentity | undefined
  model?: ModelIdentity | undefined
  video?: VideoIdentity | undefined
  encodingCosts: EncodingCost[]
  answerReference?: AnswerReference | undefined
  plan: Plan
  measurements: MeasurementSummary[]
  points: PointSummary[]
  /** Per encoding, where the server told its batch times. */
  serviceTimes: EncodedServiceTime[]
  verdict: Verdict
  /** The thresholds of the run's own scenario, at each point that they select. */
  thresholds: ThresholdResult[]
  /** `invalid` where the verdict rests on an INVALID point, else `regression` where a threshold fails, else `pass`. */
  exitCode: ExitCode
}

/** `embedded (simulated)` wherever results do not come from a TorchServe. */
export function serverLabel({ server }: Pick<RunAnalysis, 'server'>): string {
  if (server === undefined) return 'unknown server'
  return server.kind === 'embedded' ? 'embedded (simulated)' : server.label
}
