import type { MeasurementInput } from '../../run/measurement-input.js'
import { summariseMeasurement } from '../../analysis/measurement-summary.js'
import { type CameraRun, cameraRunOf } from '../verdict/camera-run.js'
import type { CapacitySetting } from './capacity-settings.js'

/** Findings that the generator's own condition holds already. */
const generatorFindings = new Set(['generator-late', 'client-saturated'])

/** A measured window as a verdict sees it. */
export function measuredRun(
  input: MeasurementInput,
  { slo, load }: Pick<CapacitySetting, 'slo' | 'load'>,
): CameraRun {
  const { record, point, samples } = input
  if (point.load.kind !== 'cameras') throw new Error('a capacity is judged on camera load')
  const { findings } = summariseMeasurement(input).summary
  const invalid = findings.filter(
    ({ severity, name }) => severity === 'invalid' && !generatorFindings.has(name),
  )
  return cameraRunOf(samples, {
    cameras: point.load.cameras,
    startUs: record.windowStartUs,
    endUs: record.windowEndUs,
    sloMs: slo.latencyMs,
    batchSize: point.batching.batchSize,
    maxInFlightPerCamera: load.maxInFlightPerCamera,
    invalid: invalid.map(({ symptom }) => symptom),
    ...(record.loadCpuShare !== undefined && { loadCpuShare: record.loadCpuShare }),
  })
}
