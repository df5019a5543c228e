import type { Bench } from 'tinybench'
import { nowUs } from '../../src/system/now-us.js'
import { requestBuilder } from '../../src/load/http/request-builder.js'
import { scheduleOfThread } from '../../src/load/schedule/request-schedule.js'
import { buildPayload } from '../../src/frames/payload/build-payload.js'
import { hundredCameras } from '../rows/send-lag.js'

const endpoint = { host: '127.0.0.1', port: 8080, path: '/predictions/resnet-18' }
const request = { field: 'image{i}', json: 'object' as const }

/** From the schedule to the fragments of a request. */
export function addSending(bench: Bench): void {
  for (const [name, framesPerRequest, camerasPerClient] of [
    ['next due request, 100 cameras', 1, 1],
    ['next due request, batches of 8 over 10 cameras', 8, 10],
  ] as const) {
    const load = { ...hundredCameras, camerasPerClient }
    const clip = { frames: 300, cameras: 100 }
    const schedule = scheduleOfThread({ load, framesPerRequest, phaseSeed: 1, clip }, 0, 1)
    bench.add(name, () => {
      schedule.next()
    })
  }

  const jpegs = Array.from({ length: 16 }, () => Buffer.alloc(40_000, 1))
  for (const [encoding, framesPerRequest] of [
    ['raw', 1],
    ['base64', 8],
    ['multipart', 8],
  ] as const) {
    const payload = buildPayload(jpegs, { encoding, framesPerRequest, request })
    const builder = requestBuilder(payload, endpoint, {})
    const sent = { clipFrames: Array.from({ length: framesPerRequest }, (_, i) => i), client: 0 }
    const fragments: Uint8Array[] = []
    bench.add(`gather a request of ${framesPerRequest} (${encoding})`, () => {
      builder.build(sent, fragments)
    })
  }

  bench.add('read the clock', () => {
    nowUs()
  })
}
