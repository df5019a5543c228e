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

interface LongRun {
  seed?: number
  /** Whether the server logged its batches. */
  hasBatches?: boolean
}

/** On the clock of the server's log. */
const startedClockUs = 5e9

/** Simulates cameras on a virtual clock and writes about as many requests, and as many frames, into a run folder. */
export async function writeLongRun(
  folder: string,
  requests: number,
  { seed = 1, hasBatches = false }: LongRun = {},
): Promise<void> {
  const windowEndUs = (requests / (load.cameras * load.fps)) * 1e6
  const manifest = millionManifest(windowEndUs, load)
  const batchLogFile = 'samples/one.batches.log'
  if (hasBatches) Object.assign(manifest.measurements[0]!, { batchLogFile, startedClockUs })
  await createRun(folder, manifest)
  const log = hasBatches ? openLog(join(folder, batchLogFile)) : undefined
  const file = join(folder, 'samples', 'one.bin')
  createSampleFile(file)
  const fd = openSync(file, 'a')
  const blocks = [BlockKind.requests, BlockKind.frames].map((kind) => new RecordBlock(kind, 64 * 1024))
  const [ofRequests, ofFrames] = [blocks[0]!, blocks[1]!]
  const random = seededRandom(seed)
  const sample = emptyRequestSample()
  const phase = (us: number) => phaseAt(us, 0, windowEndUs)
  const server = { serverBatchSize: 8, maxBatchDelayMs: 2, workers: 4, queueCapacity: 100_000 }
  const overhead = { sendMs: 0.5, answerMs: 0.5 }
  simulateCameras(
    {
      ...{ load, framesPerRequest: 1, server, overhead, deadlineMs: 5000 },
      ...{ phaseSeed: seed, warmupMs: 0, windowMs: windowEndUs / 1000 },
    },
    (frames) => (0.2 + 0.3 * frames) * (0.8 + 0.4 * random()),
    {
      ...(log !== undefined && {
        batch: ({ worker, dispatchedMs, jobs }, endMs) =>
          log.write(
            String(worker),
            jobs.map((job) => job.request),
            { entryMs: dispatchedMs, exitMs: endMs },
          ),
      }),
      settled(request, outcome, atUs) {
        const carrier = request.request < 0 ? noRequest : request.request
        for (const { camera, tick, capturedUs } of request.frames) {
          ofFrames.addFrame(camera, tick, carrier, phase(capturedUs), Outcome[outcome], capturedUs)
          write(ofFrames)
        }
        if (request.request < 0) return
        sample.request = request.request
        sample.serverRequestId[0] = request.request + 1
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
  log?.close()

  function write(block: RecordBlock, isLast = false): void {
    if (!block.full && !isLast) return
    writeSync(fd, block.finished())
    block.clear()
  }
}

/** The log of a server that runs Framestorm's handler. */
function openLog(file: string) {
  const fd = openSync(file, 'w')
  let lines = ''
  function flush(): void {
    writeSync(fd, lines)
    lines = ''
  }
  return {
    write(
      worker: string,
      requests: readonly number[],
      { entryMs, exitMs }: { entryMs: number; exitMs: number },
    ) {
      const ids = requests.map(idOf)
      const ns = (ms: number) => Math.round(startedClockUs * 1000 + ms * 1e6)
      const moments = {
        entryNs: ns(entryMs),
        decodedNs: ns(entryMs),
        inferredNs: ns(exitMs),
        exitNs: ns(exitMs),
      }
      const facts = { ...moments, requests: ids, frames: ids.map(() => 1) }
      const head = `2026-01-01T00:00:00,000 [INFO ] W-900${worker}-m_1.0-stdout`
      lines +=
        `${head} MODEL_LOG - [FRAMESTORM_BATCH]${JSON.stringify(facts)}\n` +
        `${head} MODEL_METRICS - [METRICS]PredictionTime.Milliseconds:${(exitMs - entryMs).toFixed(2)}` +
        `|#ModelName:m,Level:Model|#type:GAUGE|#hostname:h,1767225600,${ids.join(',')}\n`
      if (lines.length > 1 << 16) flush()
    },
    close() {
      flush()
      closeSync(fd)
    },
  }
}

const idWords = new Uint32Array(4)
const idBytes = Buffer.from(idWords.buffer)

/** As in the samples. */
function idOf(request: number): string {
  idWords[0] = request + 1
  return idBytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
