import type { Plan } from '../scenario/plan/plan.js'
import type { RunManifest, Subject } from '../run/manifest.js'
import type { ExitCode } from '../system/user-error.js'
import type { MeasurementSummary } from './measurement-summary.js'
import type { PointSummary } from './point-summary.js'
import type { EncodedServiceTime } from './service-time.js'
import type { ThresholdResult } from './thresholds.js'
import type { Verdict } from './verdict.js'

/** Everything that a report, a summary or a machine wants of a run: plain data, JSON-able. */
export interface RunAnalysis extends Omit<RunManifest, 'schemaVersion' | 'plan' | 'measurements'> {
  /** The run folder's name; never a path of this machine. */
  run: string
  /** What the measurements were made on: each distinct server, model, clip and answer reference, in the order of points. */
  subjects: Subject[]
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

/** `TorchServe 0.12.0`, or `TorchServe 0.12.0 and embedded (simulated)` if measurements were made on both. */
export function serverLabel(subjects: readonly Pick<Subject, 'server'>[]): string {
  const labels = distinct(subjects.map(({ server }) => server?.label))
  return labels.length === 0 ? 'unknown server' : new Intl.ListFormat('en-GB').format(labels)
}

/** True if any result comes from the embedded server, which is not a TorchServe. */
export function isSimulated(subjects: readonly Pick<Subject, 'server'>[]): boolean {
  return subjects.some(({ server }) => server?.kind === 'embedded')
}

/** Each known text once, in order. */
export function distinct(texts: readonly (string | undefined)[]): string[] {
  return [...new Set(texts.filter((text) => text !== undefined))]
}
