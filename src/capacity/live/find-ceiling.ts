import { mean } from 'simple-statistics'
import type { ClosedLoad } from '../../scenario/plan/plan.js'
import type { ServerTrace } from '../simulator/fit-server.js'
import type { ValueRange } from '../sustained/value-range.js'

/** A closed load, measured. */
export interface ClosedLoadMeasured {
  fps: ValueRange
  trace: ServerTrace
}

/** The workers are busy for this share of the time in a load that saturates them, as their batches show. */
const busyShareMin = 0.98

/**
 * If twice the frames in flight give less than this, they saturate the server. A server that is not saturated gives much
 * more, and a probe of 3 s miscounts by a batch or two, which is up to 8 %.
 */
const smallestGain = 1.1

/** Requests in flight at most: below the job queue of TorchServe (100), which refuses what is above. */
const mostRequests = 64

/**
 * Finds a closed load that saturates a server, and measures it. One waiting batch saturates the workers only if a batch
 * takes longer than the rest of a request, and only if the number of workers is known. So short probes come first, with
 * twice as many frames in flight each, until the batches show that the workers are busy all the time, or more gains
 * nothing.
 *
 * @param first the load that saturates if batches take long
 * @param options.measure measures a load, for a long or a short time
 * @returns the saturating load; probes are left out
 */
export async function findCeiling(
  first: ClosedLoad,
  options: {
    framesPerRequest: number
    measure: (load: ClosedLoad, length: 'long' | 'probe') => Promise<ClosedLoadMeasured>
  },
): Promise<ClosedLoadMeasured> {
  const { framesPerRequest, measure } = options
  let load = first
  let before: number | undefined
  for (;;) {
    const more = { ...load, framesInFlight: 2 * load.framesInFlight }
    if (more.framesInFlight / framesPerRequest > mostRequests) break
    const { fps, trace } = await measure(load, 'probe')
    if (areWorkersBusy(trace) || (before !== undefined && fps.value < smallestGain * before)) break
    before = fps.value
    load = more
  }
  return measure(load, 'long')
}

/** Undecided, and so false, if too few batches were reported. */
function areWorkersBusy({ batches, lossMs }: ServerTrace): boolean {
  const handlersMs = batches.flatMap(({ handlerMs }) => handlerMs ?? [])
  if (lossMs === undefined || handlersMs.length === 0) return false
  const handlerMs = mean(handlersMs)
  return handlerMs / (handlerMs + lossMs) >= busyShareMin
}
