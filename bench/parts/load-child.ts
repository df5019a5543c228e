import { randomBytes } from 'node:crypto'
import { buildPayload } from '../../src/frames/payload/build-payload.js'
import type { Payload } from '../../src/frames/payload/payload.js'
import { predictionsMessage, trackedKeys } from '../../src/frames/payload/predictions-payload.js'
import type { RequestShape } from '../../src/scenario/plan/plan.js'
import { nowUs } from '../../src/system/now-us.js'
import type { LoadJob } from '../../src/load/load-job.js'
import type { LoadResult } from '../../src/load/control/load-result.js'
import { runLoad } from '../../src/load/run-load.js'
import { framePayload } from './frame-payload.js'

/** What a load child is asked to do: a job whose payload it makes itself, so that its memory is its own. */
export interface LoadChildTask {
  job: Omit<LoadJob, 'payload'>
  frames: number
  frameBytes: number
  /** Frames in base64 JSON of this shape. Default: one raw frame, or named frames. */
  request?: RequestShape | undefined
}

export interface LoadChildResult extends LoadResult {
  /** When runLoad was called, on the machine's monotonic clock. */
  calledClockUs: number
  /** CPU of the whole process from that call to its end, threads and file writes included. */
  cpuUs: number
  maxRssBytes: number
}

const { frames, frameBytes, request, job }: LoadChildTask = JSON.parse(process.argv[2] ?? '')
const { framesPerRequest } = job
const randomFrames = () => Array.from({ length: frames }, () => randomBytes(frameBytes))

function payloadOfTask(): Payload {
  if (job.endpoint.protocol === 'grpc') {
    const message = predictionsMessage({ name: 'model' }, trackedKeys)
    const named = { field: 'frame_{i}', json: 'object' } as const
    return buildPayload(randomFrames(), { encoding: 'raw', framesPerRequest, request: named, message })
  }
  return request === undefined
    ? framePayload(frames, frameBytes, framesPerRequest)
    : buildPayload(randomFrames(), { encoding: 'base64', framesPerRequest, request })
}

const payload = payloadOfTask()
const cpuBefore = process.cpuUsage()
const calledClockUs = nowUs()
const result = await runLoad({ ...job, payload }, { signal: new AbortController().signal })
const cpu = process.cpuUsage(cpuBefore)
const report: LoadChildResult = {
  ...result,
  calledClockUs,
  cpuUs: cpu.user + cpu.system,
  maxRssBytes: process.resourceUsage().maxRSS * 1024,
}
process.stdout.write(JSON.stringify(report))
