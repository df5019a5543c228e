import type { CameraLoad } from '../../scenario/plan/plan.js'
import type { Endpoint } from '../../server/endpoint.js'
import type { LoadJob } from '../load-job.js'
import { smallCallPayload, smallPayload } from './small-payload.test.support.js'

/** A closed load of half a second over a clip of small frames, on one thread. `clip`: the frames of the clip. */
export function smallJob(
  endpoint: Endpoint,
  sampleFile: string,
  { clip = 10, ...changes }: Partial<LoadJob> & { clip?: number } = {},
): LoadJob {
  const framesPerRequest = changes.framesPerRequest ?? 1
  return {
    endpoint,
    payload: (endpoint.protocol === 'grpc' ? smallCallPayload : smallPayload)(clip, framesPerRequest),
    framesPerRequest,
    load: { kind: 'closed', framesInFlight: 2 * framesPerRequest },
    phaseSeed: 1,
    warmupMaxMs: 300,
    extent: { durationMs: 500 },
    deadlineMs: 20_000,
    answer: { list: '' },
    sampleFile,
    threads: 1,
    ...changes,
  }
}

/** Four cameras whose frames never wait for room. */
export function smallCameraLoad(changes: Partial<CameraLoad> = {}): CameraLoad {
  return {
    kind: 'cameras',
    cameras: 4,
    fps: 50,
    phases: 'random',
    maxInFlightPerCamera: 1000,
    queue: { policy: 'queue', depth: 1000 },
    camerasPerClient: 1,
    ...changes,
  }
}
