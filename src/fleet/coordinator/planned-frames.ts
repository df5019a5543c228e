import type { LoadJob } from '../../load/load-job.js'
import type { LoadSlice } from '../../load/load-slice.js'
import { cameraTicks } from '../../load/schedule/capture-schedule.js'

/**
 * Frames that the cameras of a slice capture within the window: each of them has a record, whether it was sent or not.
 * Undefined for a closed load, which captures nothing, and for `passes`, which has no window.
 */
export function plannedFrames(
  { load, phaseSeed, warmupMaxMs, extent }: Pick<LoadJob, 'load' | 'phaseSeed' | 'warmupMaxMs' | 'extent'>,
  { firstClient, clients }: Pick<LoadSlice, 'firstClient' | 'clients'>,
): number | undefined {
  if (load.kind === 'closed' || 'passes' in extent) return undefined
  const startUs = warmupMaxMs * 1000
  const endUs = startUs + extent.durationMs * 1000
  const first = firstClient * load.camerasPerClient
  const ticks = cameraTicks(load, phaseSeed).slice(first, first + clients * load.camerasPerClient)
  let frames = 0
  for (const ticksOf of ticks) {
    for (let tick = 0, us = ticksOf(0); us < endUs; us = ticksOf(++tick)) if (us >= startUs) frames++
  }
  return frames
}
