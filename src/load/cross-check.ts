import type * as Autocannon from 'autocannon'
import { requestBody } from '../frames/payload/payload.js'
import { endpointOrigin } from '../server/endpoint.js'
import { readTlsSettings, requestHeaders, tlsOptions } from '../server/access.js'
import type { LoadJob } from './load-job.js'

/** autocannon builds each request once per connection, so only a few bodies are sent. */
const bodiesSent = 4

export type CrossCheckJob = Pick<LoadJob, 'endpoint' | 'payload' | 'framesPerRequest' | 'deadlineMs'> & {
  framesInFlight: number
  /** Whole seconds, the unit of autocannon. */
  durationS: number
}

/**
 * Measures a closed point on the same server with autocannon, or over gRPC with @grpc/grpc-js, which share no code with
 * Framestorm's load engine. Returns the frames per second that were answered with 2xx or OK. autocannon cannot send on a camera schedule and does not
 * record the latency of single frames.
 */
export async function crossCheckFps(job: CrossCheckJob, signal: AbortSignal): Promise<number> {
  const { endpoint, payload, framesPerRequest } = job
  const clipFrames = payload.offsets.length - 1
  const bodies = Array.from({ length: bodiesSent }, (_, request) =>
    Array.from({ length: framesPerRequest }, (_, place) => (request * framesPerRequest + place) % clipFrames),
  ).map((frames) => requestBody(payload, frames))
  const connections = Math.floor(job.framesInFlight / framesPerRequest)
  // Both are loaded when they are needed, because they are large.
  if (endpoint.protocol === 'grpc') {
    const { crossCheckCalls } = await import('./grpc/cross-check-grpc.js')
    return framesPerRequest * (await crossCheckCalls({ ...job, bodies, connections }, signal))
  }
  const { default: autocannon } = await import('autocannon')
  const headers = { 'content-type': payload.contentType, ...requestHeaders(endpoint) }
  // No rate is set, because autocannon's correction of coordinated omission assumes intervals of 1 ms and would invent
  // samples.
  const { servername, ...tls } = endpoint.tls ? tlsOptions(readTlsSettings(endpoint, endpoint.host)) : {}
  const options: Autocannon.Options = {
    url: endpointOrigin(endpoint),
    tlsOptions: tls,
    ...(servername !== undefined && servername !== '' && { servername }),
    connections,
    duration: job.durationS,
    timeout: Math.ceil(job.deadlineMs / 1000),
    requests: bodies.map((body) => ({ method: 'POST' as const, path: endpoint.path, headers, body })),
  }
  const result = await new Promise<Autocannon.Result>((resolve, reject) => {
    const instance = autocannon(options, (error, found) => {
      signal.removeEventListener('abort', stop)
      if (error === null) resolve(found)
      else reject(error)
    })
    const stop = () => instance.stop()
    signal.addEventListener('abort', stop)
  })
  return (result['2xx'] * framesPerRequest) / result.duration
}
