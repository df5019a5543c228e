import type { Plan, Point } from '../scenario/plan/plan.js'
import type { RunManifest } from '../run/run-manifest.js'
import { measureToTheEnd } from './measure-to-the-end.js'
import { missingMeasurements } from './missing-measurements.js'
import { openRunMeasurer } from './run-measurer.js'
import type { RunObserver } from './run-observer.js'

/**
 * Measures what a run still owes, in the order of its plan, and keeps run.json true after every measurement, so
 * that whatever ends the run leaves a folder that can be analysed and resumed.
 *
 * Returns when all is measured or when the signal asked to stop. Throws UserError where the machine or the server
 * is not fit; what was measured before is kept. Every process that was started is ended in all cases.
 */
export async function measurePlan(
  folder: string,
  manifest: RunManifest,
  { signal, observer, crossCheck }: { signal: AbortSignal; observer: RunObserver; crossCheck: boolean },
): Promise<void> {
  const measurer = await openRunMeasurer(folder, manifest, {
    signal,
    onStatus: observer.status,
    onLoadProgress: observer.loadProgress,
  })
  const crossChecked = crossCheck ? crossCheckedPoints(manifest.plan) : []
  await measureToTheEnd(measurer, signal, async () => {
    for (const planned of missingMeasurements(manifest.plan, manifest.measurements)) {
      if (signal.aborted) return
      const point = pointOf(manifest, planned.point)
      observer.measurementStarts(planned, point)
      const checked = planned.repetition === 1 && crossChecked.includes(point.id)
      observer.measurementEnds(await measurer.measure(point, planned, checked))
    }
  })
}

function pointOf(manifest: RunManifest, id: number): Point {
  const point = manifest.plan.points.find((candidate) => candidate.id === id)
  if (point === undefined) throw new Error(`the plan orders point ${id} but does not describe it`)
  return point
}

/** One closed point of each mode, the one with the largest batches: where an error of ours would show most. */
function crossCheckedPoints({ points }: Pick<Plan, 'points'>): number[] {
  const closed = points
    .filter(({ load }) => load.kind === 'closed')
    .toSorted((a, b) => b.batching.batchSize - a.batching.batchSize)
  const modes = new Set(closed.map(({ batching }) => batching.mode))
  return [...modes].map((mode) => closed.find(({ batching }) => batching.mode === mode)!.id)
}
