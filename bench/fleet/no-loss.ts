import { join } from 'node:path'
import { openFleet } from '../../src/fleet/coordinator/open-fleet.js'
import { openSamples } from '../../src/run/read-samples.js'
import { Phase } from '../../src/run/record.js'
import { startNginx } from '../parts/start-nginx.js'
import { startShortJobs } from './short-job.js'

/** What became of the frames that the schedule has within the window. */
export interface FramesFound {
  planned: number
  /** Frames of the window in the samples, each counted once. */
  found: number
  /** Frames of any phase that are there twice, or missing before a later one of the same camera. */
  wrong: number
}

const fps = 25

/**
 * Lets agents of this machine send a load of many cameras, and looks for every frame in the samples of the result.
 *
 * @returns undefined if nginx is not installed
 */
export async function findFrames(
  folder: string,
  settings: { agents: number; sendsPerS: number; seconds: number; say: (line: string) => void },
): Promise<FramesFound | undefined> {
  const { agents, sendsPerS, seconds, say } = settings
  const sampleFile = join(folder, 'samples.bin')
  const cameras = (agents * sendsPerS) / fps
  const nginx = await startNginx(folder, undefined, '{}')
  if (nginx === undefined) return undefined
  const { job, stop } = await startShortJobs(sampleFile, { cameras, windowMs: seconds * 1000 })
  const options = { signal: new AbortController().signal, onStatus: say }
  const fleet = await openFleet({ kind: 'local', agents }, { folder, points: [], ...options })
  try {
    const { load, ...rest } = job(1)
    const cameraLoad = { ...load, fps }
    const result = await fleet.runLoad({ ...rest, load: cameraLoad, endpoint: nginx.endpoint }, options)
    const planned = (result.agents ?? []).reduce(
      (sum, { framesPlanned = Number.NaN }) => sum + framesPlanned,
      0,
    )
    return { planned, ...countFrames(sampleFile, cameras) }
  } finally {
    await fleet.close()
    stop()
    await nginx.stop()
  }
}

function countFrames(sampleFile: string, cameras: number): Omit<FramesFound, 'planned'> {
  const seen = Array.from({ length: cameras }, () => new Set<number>())
  let found = 0
  let rows = 0
  for (const { frames } of openSamples(sampleFile).parts('sentUs')) {
    rows += frames.count
    for (let row = 0; row < frames.count; row++) {
      const ticks = seen[frames.camera[row]!]!
      if (frames.phase[row] === Phase.measured && !ticks.has(frames.frame[row]!)) found++
      ticks.add(frames.frame[row]!)
    }
  }
  let distinct = 0
  let missing = 0
  for (const ticks of seen) {
    const last = [...ticks].reduce((most, tick) => Math.max(most, tick), -1)
    distinct += ticks.size
    missing += last + 1 - ticks.size
  }
  return { found, wrong: rows - distinct + missing }
}
