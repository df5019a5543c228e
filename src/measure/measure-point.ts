import type { LoadProgress } from '../load/load-job.js'
import { runLoad } from '../load/run-load.js'
import { buildPayload } from '../payload/build-payload.js'
import type { PlannedMeasurement, Point } from '../plan/plan.js'
import type { MeasurementRecord } from '../samples/run-manifest.js'
import type { RunningServer } from '../server/running-server.js'
import type { Clip } from '../video/clip.js'
import { probeServer } from './probe-server.js'

export interface PointMeasurement {
  point: Point
  planned: PlannedMeasurement
  server: RunningServer
  clip: Clip
  /** Absolute path of the sample file to write, and its name in the record. */
  sampleFile: string
  sampleFileName: string
}

/**
 * One repetition of a point on a server whose settings are in force: prepare all bytes, see that the server takes
 * them, then load it.
 */
export async function measurePoint(
  { point, planned, server, clip, sampleFile, sampleFileName }: PointMeasurement,
  options: { signal: AbortSignal; onProgress: (progress: LoadProgress) => void },
): Promise<MeasurementRecord> {
  const { batching, model, measure, load } = point
  const { framesPerRequest, encoding } = batching
  const payload = buildPayload(clip.frames, { encoding, framesPerRequest, request: model.request })
  await probeServer(server.endpoint, payload, framesPerRequest, {
    deadlineMs: Math.max(measure.deadlineMs, 30_000),
    signal: options.signal,
  })
  const result = await runLoad(
    {
      endpoint: server.endpoint,
      payload,
      framesPerRequest,
      load,
      phaseSeed: planned.phaseSeed,
      warmupMaxMs: measure.warmupMaxS * 1000,
      extent:
        measure.passes === undefined
          ? { durationMs: measure.durationS * 1000 }
          : { passes: measure.passes },
      deadlineMs: measure.deadlineMs,
      answer: model.answer,
      sampleFile,
      threads: 1,
    },
    options,
  )
  return {
    point: planned.point,
    repetition: planned.repetition,
    sampleFile: sampleFileName,
    notes: [],
    ...result,
  }
}
