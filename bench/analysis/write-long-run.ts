import { closeSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { phaseAt } from '../../src/load/control/load-control.js'
import { createRun } from '../../src/run/run-writer.js'
import { createSampleFile } from '../../src/run/sample-writer.js'
import { BlockKind, RecordBlock } from '../../src/run/record-block.js'
import { emptyRequestSample, noRequest, Outcome } from '../../src/run/record.js'
import { simulateCameras } from '../../src/capacity/simulator/simulate-cameras.js'
import { seededRandom } from '../../src/system/seeded-random.js'
import type { CameraLoad } from '../../src/scenario/plan/plan.js'
import { millionManifest } from '../rows/million-samples.js'

/** 10,000 frames per second, each a request of its own. */
const load: CameraLoad = {
  kind: 'cameras',
  cameras: 400,
  fps: 25,
  phases: 'random',
  maxInFlightPerCamera: 1000,
  queue: { policy: 'queue', depth: 1000 },
  camerasPerClient: 1,
}

/** Simulates cameras on a virtual clock and writes about as many requests, and as many frames, into a run folder. */
export async function writeLongRun(folder: string, requests: number): Promise<void> {
  const windowEndUs = (requests / (load.cameras * load.fps)) * 1e6
  await createRun(folder, millionManifest(windowEndUs, load))
  const file = join(folder, 'samples', 'one.bin')
  createSampleFile(file)
  const fd = openSync(file, 'a')
  const blocks = [BlockKind.requests, BlockKind.frames].map((kind) => new RecordBlock(kind, 64 * 1024))
  const [ofRequests, ofFrames] = [blocks[0]!, blocks[1]!]
  const random = seededRandom(1)
  const sample = emptyRequestSample()
  const phase = (us: number) => phaseAt(us, 0, windowEndUs)
  const server = { serverBatchSize: 8, maxBatchDelayMs: 2, workers: 4, queueCapacity: 100_000 }
  const overhead = { sendMs: 0.5, answerMs: 0.5 }
  simulateCameras(
    {
      ...{ load, framesPerRequest: 1, server, overhead, deadlineMs: 5000 },
      ...{ phaseSeed: 1, warmupMs: 0, windowMs: windowEndUs / 1000 },
    },
    (frames) => (0.2 + 0.3 * frames) * (0.8 + 0.4 * random()),
    {
      settled(request, outcome, atUs) {
        const carrier = request.request < 0 ? noRequest : request.request
        for (const { camera, tick, capturedUs } of request.frames) {
          ofFrames.addFrame(camera, tick, carrier, phase(capturedUs), Outcome[outcome], capturedUs)
          write(ofFrames)
        }
        if (request.request < 0) return
        sample.request = request.request
        sample.phase = phase(request.dueUs)
        sample.outcome = Outcome[outcome]
        sample.status = outcome === 'ok' ? 200 : 0
        sample.frames = 1
        sample.client = request.client
        sample.bodyBytes = 40_000
        sample.dueUs = request.dueUs
        // The load generator sends a little late.
        sample.sentUs = request.sentUs + 30 + 40 * random()
        sample.answeredUs = outcome === 'timeout' ? Number.NaN : atUs + 70
        ofRequests.addRequest(sample)
        write(ofRequests)
      },
    },
  )
  for (const block of blocks) write(block, true)
  closeSync(fd)

  function write(block: RecordBlock, isLast = false): void {
    if (!block.full && !isLast) return
    writeSync(fd, block.finished())
    block.clear()
  }
}
