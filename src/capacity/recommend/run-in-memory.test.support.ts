import type { MeasurementRecord, RunManifest } from '../../run/manifest.js'
import type { Plan, PlannedMeasurement, Point } from '../../scenario/plan/plan.js'

/** A run without a folder, which a race may go on with. */
export function runInMemory(manifest: RunManifest) {
  return {
    manifest,
    addPlanned(_: Point, planned: PlannedMeasurement) {
      const { plan } = this.manifest
      this.manifest = { ...this.manifest, plan: { ...plan, order: [...plan.order, planned] } }
    },
    async changePlan(plan: Plan) {
      this.manifest = { ...this.manifest, plan }
    },
    addRecord(record: MeasurementRecord) {
      this.manifest = { ...this.manifest, measurements: [...this.manifest.measurements, record] }
    },
  }
}
