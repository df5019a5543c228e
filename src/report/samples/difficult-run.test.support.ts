import { linkFrames } from '../../run/columns.js'
import { measurementInput, type MeasurementInput } from '../../run/read-measurement.js'
import { Outcome } from '../../run/record.js'
import {
  cameraLoad,
  closedLoad,
  dropFrames,
  manifestOf,
  pointOf,
  simulateMeasurement,
} from '../../analysis/simulated-run.test.support.js'

/**
 * Measurements with every kind of cell: of cameras with dropped frames, requests without an answer, an id or a batch, the
 * largest numbers, and a closed load.
 */
export function difficultRun(): MeasurementInput[] {
  const points = [
    pointOf(1, 'server', 2, cameraLoad(3)),
    pointOf(2, 'client', 2, cameraLoad(2)),
    pointOf(3, 'server', 4, closedLoad(16)),
  ]
  const measured = points.map((point) => simulateMeasurement(point))
  const { samples } = measured[0]!
  const { requests } = samples
  dropFrames(samples, (i) => i % 9 === 0)
  for (let row = 0; row < requests.count; row += 7) {
    requests.outcome[row] = Outcome.timeout
    requests.status[row] = 0
    requests.answeredUs[row] = Number.NaN
    requests.serverRequestId.fill(0, 16 * row, 16 * row + 16)
    requests.bodyBytes[row] = 0xffff_ffff
    requests.connectUs[row] = 1234.5
    requests.answerDeviation[row] = 1e-7 / (row + 3)
  }
  linkFrames(samples)
  const manifest = manifestOf(
    points,
    measured.map(({ record }) => record),
  )
  return measured.map(({ record, samples, batches }, i) =>
    // The log of the last one is missing.
    measurementInput(manifest, record, samples, { batches: i === 2 ? [] : batches }),
  )
}
