import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readSamples } from '../run/read-samples.js'
import { type MeasurementSamples, outcomes, phases } from '../run/record.js'
import { autoThreads, moreThreads } from './control/auto-threads.js'
import type { LoadResult } from './control/load-result.js'
import type { LoadJob } from './load-job.js'
import { runLoad } from './run-load.js'
import {
  answerFrames,
  type ScriptedServer,
  startScriptedServer,
} from './testing/scripted-server.test.support.js'
import { smallCameraLoad, smallJob } from './testing/small-job.test.support.js'

describe('how many load threads a load may have', () => {
  const closed = { kind: 'closed' as const, framesInFlight: 64 }

  test('one core less than the machine has, but both of two cores', () => {
    expect([1, 2, 3, 4, 16].map((cores) => autoThreads(closed, 1, cores).most)).toEqual([1, 2, 2, 3, 15])
  })

  test('no more than requests in flight, or than edge devices', () => {
    expect(autoThreads({ ...closed, framesInFlight: 8 }, 4, 16).most).toBe(2)
    expect(autoThreads({ ...closed, framesInFlight: 2 }, 4, 16).most).toBe(1)
    expect(autoThreads(smallCameraLoad({ cameras: 10, camerasPerClient: 4 }), 1, 16).most).toBe(3)
  })

  test('threads are doubled up to the bound', () => {
    const auto = { most: 5, busyShare: 0.7 }
    expect([1, 2, 4, 5].map((threads) => moreThreads(threads, auto))).toEqual([2, 4, 5, 5])
  })
})

describe('a load whose warm-up decides the number of threads', () => {
  test('keeps one thread while that is not too busy', async () => {
    const { result } = await run({ threads: { most: 2, busyShare: 1.1 } })
    expect(result.loadThreads).toBe(1)
  })

  test('uses the number given, however busy', async () => {
    expect((await run({ threads: 1 })).result.loadThreads).toBe(1)
    expect((await run({ threads: 3 })).result.loadThreads).toBe(3)
  })

  test('keeps one thread where there is no warm-up', async () => {
    const { result } = await run({ threads: { most: 2, busyShare: 0 }, extent: { passes: 2 } })
    expect(result.loadThreads).toBe(1)
  })

  test.runIf(process.platform === 'linux').each<[string, LoadJob['load'] | undefined]>([
    ['closed', { kind: 'closed', framesInFlight: 4 }],
    ['cameras', undefined],
  ])('restarts with more threads above the share, and discards the first attempt (%s)', async (_, load) => {
    const seenAtRestart: number[] = []
    const { result, samples } = await run(
      { threads: { most: 4, busyShare: 0 }, ...(load !== undefined && { load }) },
      async () => void seenAtRestart.push(server!.seen.length),
    )
    expect(result).toMatchObject({ loadThreads: 4, complete: true })
    // From 1 to 2 and from 2 to 4: all that the server saw since the last restart is this measurement.
    expect(seenAtRestart).toHaveLength(2)
    expect(samples.requests.count).toBe(server!.seen.length - seenAtRestart[1]!)
    expectOneRun(result, samples)
  })

  test.runIf(process.platform === 'linux')(
    'gives a second thread to a load that keeps one thread busy',
    async () => {
      const job = await jobFor({
        load: smallCameraLoad({ cameras: 4, fps: 20 }),
        warmupMaxMs: 1500,
        // Far below what the busy thread gets of a core even on a machine that is busy with other programs.
        threads: { most: 2, busyShare: 0.08 },
      })
      const { payload: _, ...rest } = job
      const script = join(folder, 'load.mjs')
      await writeFile(
        script,
        `import { runLoad } from ${url('./run-load.js')}
        import { smallPayload } from ${url('./testing/small-payload.test.support.js')}
        const job = { ...${JSON.stringify(rest)}, payload: smallPayload(10, 1) }
        const result = await runLoad(job, { signal: new AbortController().signal })
        process.stdout.write(JSON.stringify(result))`,
      )
      // The preload computes for 5 ms before each sending: at 80 frames per second that is 0.4 of a core.
      const busy = new URL('./testing/busy-before-send.test.support.js', import.meta.url).href
      const { stdout } = await execa(process.execPath, [script], {
        env: { NODE_OPTIONS: `--import=${busy}` },
      })
      const result: LoadResult = JSON.parse(stdout)
      expect(result).toMatchObject({ loadThreads: 2, complete: true })
      expect(result.loadCpuShare).toBeGreaterThan(0.08)
      expectOneRun(result, await readSamples(job.sampleFile), 40)
    },
  )
})

let folder = ''
let server: ScriptedServer | undefined

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'framestorm-threads-'))
})

afterEach(async () => {
  await server?.close()
  server = undefined
  await rm(folder, { recursive: true, force: true })
})

function url(file: string): string {
  return JSON.stringify(new URL(file, import.meta.url).href)
}

async function jobFor(changes: Partial<LoadJob>): Promise<LoadJob> {
  await server?.close()
  server = await startScriptedServer(answerFrames)
  return smallJob(server.endpoint, join(folder, 'samples.bin'), { load: smallCameraLoad(), ...changes })
}

async function run(changes: Partial<LoadJob>, onRestart?: () => Promise<void>) {
  const job = await jobFor(changes)
  const result = await runLoad(job, { signal: new AbortController().signal, onRestart })
  return { result, samples: await readSamples(job.sampleFile) }
}

/** Every request of all threads, and of one run only: no number twice, no gap, each with one outcome. */
function expectOneRun(
  result: LoadResult,
  { requests, frames }: MeasurementSamples,
  framesAtLeast = 100,
): void {
  const numbers = [...requests.request].toSorted((a, b) => a - b)
  expect(new Set(numbers).size).toBe(requests.count)
  // Thread t of n numbers its requests t, t + n …: what is left of each remainder has no gap.
  for (let thread = 0; thread < result.loadThreads; thread++) {
    const own = numbers.filter((number) => number % result.loadThreads === thread)
    expect(own.length).toBeGreaterThan(0)
    expect(own).toEqual(own.map((_, place) => thread + place * result.loadThreads))
  }
  expect(new Set(Array.from(requests.outcome, (index) => outcomes[index]))).toEqual(new Set(['ok']))
  expect(result.windowEndUs - result.windowStartUs).toBeCloseTo(500_000)
  expect(requests.count).toBeLessThanOrEqual(server!.seen.length)
  if (frames.count === 0) return
  const measured = [...frames.phase].filter((phase) => phases[phase] === 'measured')
  expect(measured.length).toBeGreaterThanOrEqual(framesAtLeast)
}
