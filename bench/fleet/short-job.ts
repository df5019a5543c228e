import type { LoadJob } from '../../src/load/load-job.js'
import { framePayload } from '../parts/frame-payload.js'
import { startServerChild } from '../parts/start-server-child.js'
import { directLink, startRelay } from './relay.js'

/**
 * A server that answers at once, and a short load of cameras for it.
 *
 * @param host where the server is reached. Default: 127.0.0.1
 */
export async function startShortJobs(
  sampleFile: string,
  { cameras, windowMs, host = '127.0.0.1' }: { cameras: number; windowMs: number; host?: string | undefined },
): Promise<{ job: (phaseSeed: number) => LoadJob; address: string; stop: () => void }> {
  const server = await startServerChild('known-delay-server.js', 0)
  const relay =
    host === '127.0.0.1' ? undefined : await startRelay(server.endpoint, directLink, { seed: 1, host })
  const endpoint = { ...server.endpoint, host, port: relay?.port ?? server.endpoint.port }
  const payload = framePayload(8, 2000, 1)
  return {
    job: (phaseSeed) => ({
      endpoint,
      payload,
      framesPerRequest: 1,
      load: {
        kind: 'cameras',
        cameras,
        fps: 5,
        phases: 'random',
        maxInFlightPerCamera: 100,
        queue: { policy: 'queue', depth: 1000 },
        camerasPerClient: 1,
      },
      phaseSeed,
      warmupMaxMs: 300,
      extent: { durationMs: windowMs },
      deadlineMs: 2000,
      answer: 'none',
      sampleFile,
      threads: 1,
    }),
    address: `${host}:${endpoint.port}`,
    stop() {
      relay?.close()
      server.stop()
    },
  }
}
