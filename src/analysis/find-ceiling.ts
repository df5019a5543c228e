import type { RunManifest } from '../run/manifest.js'
import { readMeasurement } from '../run/read-measurement.js'
import type { Ceiling } from '../scenario/plan/fix-cameras.js'
import { summariseMeasurement } from './measurement-summary.js'

/**
 * The highest FPS of these closed points of a run. Measurements that are INVALID do not count, nor those whose server
 * failed frames or answered none. Undefined if no measurement counts.
 */
export async function findCeiling(
  folder: string,
  manifest: RunManifest,
  points: readonly number[],
): Promise<Ceiling | undefined> {
  let highest: Ceiling | undefined
  for (const record of manifest.measurements) {
    if (!record.complete || !points.includes(record.point)) continue
    const { fps, validity, outcome } = summariseMeasurement(
      await readMeasurement(folder, manifest, record),
    ).summary
    if (validity === 'INVALID' || outcome === 'failing' || fps <= (highest?.fps ?? 0)) continue
    highest = { point: record.point, fps }
  }
  return highest
}
