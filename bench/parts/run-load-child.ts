import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import type { LoadJob } from '../../src/load/load-job.js'
import { readSamples } from '../../src/run/read-samples.js'
import type { MeasurementSamples } from '../../src/run/record.js'
import type { Endpoint } from '../../src/server/endpoint.js'
import type { LoadChildResult, LoadChildTask } from './load-child.js'
import { pinned } from './pinned.js'

export type ChildJob = Partial<Omit<LoadJob, 'payload' | 'sampleFile'>> & Pick<LoadJob, 'load'>

/** Runs one load in a process of its own, on real files, and reads back what it recorded. */
export async function runLoadChild(
  folder: string,
  endpoint: Endpoint,
  job: ChildJob,
  options: Pick<LoadChildTask, 'frames' | 'frameBytes' | 'request'> & { core?: number },
): Promise<{ result: LoadChildResult; samples: MeasurementSamples }> {
  const { frames, frameBytes, request } = options
  const sampleFile = join(folder, 'samples.bin')
  const task: LoadChildTask = {
    frames,
    frameBytes,
    request,
    job: {
      endpoint,
      framesPerRequest: 1,
      phaseSeed: 1,
      warmupMaxMs: 1000,
      extent: { durationMs: 5000 },
      deadlineMs: 5000,
      answer: 'none',
      threads: 1,
      ...job,
      sampleFile,
    },
  }
  const child = fileURLToPath(new URL('./load-child.js', import.meta.url))
  const { stdout } = await execa(...pinned(options.core, process.execPath, [child, JSON.stringify(task)]))
  const samples = await readSamples(sampleFile)
  await rm(sampleFile)
  return { result: JSON.parse(stdout), samples }
}
