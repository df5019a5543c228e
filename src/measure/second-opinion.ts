import { crossCheckFps } from '../load/cross-check.js'
import { buildPayload } from '../frames/payload/build-payload.js'
import type { Point } from '../scenario/plan/plan.js'
import type { ClosedLoad } from '../scenario/schema/settings.js'
import type { RunningServer } from '../server/running-server.js'
import type { Clip } from '../frames/video/clip.js'

/** The FPS that autocannon finds on a closed point, on the server as it stands. */
export function secondOpinion(
  { batching, model, measure }: Point,
  { framesInFlight }: ClosedLoad,
  { server, clip }: { server: RunningServer; clip: Clip },
  signal: AbortSignal,
): Promise<number> {
  const { encoding, framesPerRequest } = batching
  return crossCheckFps(
    {
      endpoint: server.endpoint,
      payload: buildPayload(clip.frames, { encoding, framesPerRequest, request: model.request }),
      framesPerRequest,
      framesInFlight,
      deadlineMs: measure.deadlineMs,
      durationS: Math.max(1, Math.round(measure.durationS)),
    },
    signal,
  )
}
