import type { CameraLoad, QueueSettings, VideoSettings } from './settings.js'

/**
 * What holds where a scenario says nothing: read by the schema (which tells editors) and by the plan (which
 * applies it after the sweeps are expanded), so that the two can't drift apart.
 */
export const defaults = {
  seed: 1,
  server: 'auto',
  /** 640×480 at quality 3 gives JPEGs of about 40 kB, what an edge camera usually sends. */
  video: { size: '640x480', quality: 3 } satisfies Partial<VideoSettings> & { size: string },
  torchserve: { workers: 1 },
  /** Fitted to ResNet-18 with one worker and two torch threads on a 2-core machine. */
  embedded: { tauMs: 7, alphaMs: 25, jitter: 0.05, workers: 1 },
  model: { name: 'resnet-18', weights: 'seeded' },
  request: { field: 'frame_{i}', json: 'object' },
  answer: { list: '' },
  batching: { encoding: 'base64', maxBatchDelayMs: 50 },
  cameras: { phases: 'random', maxInFlightPerCamera: 8, camerasPerClient: 1 } satisfies Partial<CameraLoad>,
  queuePolicy: 'queue' satisfies QueueSettings['policy'],
  /** Keeping every frame needs room; a policy that drops is chosen because only the newest frame is of use. */
  queueDepth: { queue: 1000, 'drop-oldest': 1, 'drop-newest': 1 } satisfies Record<
    QueueSettings['policy'],
    number
  >,
  measure: { warmupMaxS: 10, durationS: 10, repetitions: 3, deadlineMs: 5000 },
  slo: { percentile: 99 },
} as const
