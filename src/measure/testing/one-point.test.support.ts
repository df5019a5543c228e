import { seededRandom } from '../../system/seeded-random.js'
import type { BatchingSettings, Point, ServerSettings } from '../../scenario/plan/plan.js'
import type { Clip } from '../../frames/video/decode-frames.js'

/** Frames that no decoder would take, all different: the embedded server looks into none. */
export function syntheticClip(frames: number): Clip {
  const random = seededRandom(7)
  // They begin as JPEGs do: a body that begins with a brace would pass for JSON.
  const bytes = () =>
    Buffer.from([0xff, 0xd8, ...Array.from({ length: 298 }, () => Math.floor(random() * 256))])
  return {
    frames: Array.from({ length: frames }, bytes),
    width: 16,
    height: 16,
    jpegBytesMean: 300,
    hash: 'synthetic',
    notes: [],
    framesLost: 0,
  }
}

/** A short closed load of single frames; tests change what they are about. */
export function pointOn(
  server: ServerSettings,
  batching: Partial<BatchingSettings> = {},
  changes: Partial<Point> = {},
): Point {
  return {
    id: 1,
    video: { source: 'synthetic', width: 16, height: 16, quality: 3 },
    server,
    model: {
      name: 'resnet-18',
      weights: 'seeded',
      request: { field: '{i}', json: 'object' },
      answer: { list: '' },
    },
    batching: {
      mode: 'server',
      framesPerRequest: 1,
      serverBatchSize: 1,
      batchSize: 1,
      encoding: 'raw',
      ...batching,
    },
    load: { kind: 'closed', framesInFlight: 8 },
    measure: { warmupMaxS: 0.2, durationS: 1, repetitions: 1, deadlineMs: 20_000 },
    slo: { latencyMs: 1000, percentile: 50 },
    ...changes,
  }
}
