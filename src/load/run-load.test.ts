import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { UserError } from '../system/user-error.js'
import { readSamples } from '../run/read-samples.js'
import { type MeasurementSamples, noRequest, outcomes, phases } from '../run/record.js'
import type { LoadJob } from './load-job.js'
import type { LoadProgress } from './control/watch-progress.js'
import { runLoad } from './run-load.js'
import {
  answerFrames,
  type Script,
  type ScriptedServer,
  startScriptedServer,
} from './testing/scripted-server.test.support.js'
import { smallCameraLoad, smallJob } from './testing/small-job.test.support.js'

let folder = ''
let server: ScriptedServer | undefined

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'framestorm-load-'))
})

afterEach(async () => {
  await server?.close()
  server = undefined
  await rm(folder, { recursive: true, force: true })
})

async function jobFor(script: Script, changes: Partial<LoadJob> & { clip?: number } = {}): Promise<LoadJob> {
  await server?.close()
  server = await startScriptedServer(script)
  return smallJob(server.endpoint, join(folder, 'samples.bin'), changes)
}

async function run(job: LoadJob, signal = new AbortController().signal) {
  const result = await runLoad(job, { signal })
  return { result, samples: await readSamples(job.sampleFile) }
}

const names = (indexes: Uint8Array, words: readonly string[]) => Array.from(indexes, (index) => words[index])

function requestTally(samples: MeasurementSamples): Record<string, number> {
  const tally: Record<string, number> = {}
  for (const name of names(samples.requests.outcome, outcomes)) tally[name!] = (tally[name!] ?? 0) + 1
  return tally
}

describe('closed load', () => {
  test('keeps its frames in flight, counts warm-up, window and drain apart, and answers all', async () => {
    const job = await jobFor((request, response) => setTimeout(() => answerFrames(request, response), 2))
    const { result, samples } = await run(job)
    expect(result.complete).toBe(true)
    expect(result.windowEndUs - result.windowStartUs).toBeCloseTo(500_000)
    expect(requestTally(samples)).toEqual({ ok: samples.requests.count })
    expect(samples.requests.count).toBe(server!.seen.length)
    expect(new Set(names(samples.requests.phase, phases))).toContain('measured')
    expect(samples.frames.count).toBe(0)
    for (let i = 0; i < samples.requests.count; i++) {
      expect(samples.requests.sentUs[i]).toBeGreaterThanOrEqual(samples.requests.dueUs[i]!)
      expect(samples.requests.answeredUs[i]).toBeGreaterThan(samples.requests.sentUs[i]!)
    }
  })

  test('keeps the id that the server gave, the sizes and the status', async () => {
    const job = await jobFor(answerFrames, { extent: { passes: 1 } })
    const { samples } = await run(job)
    expect(Buffer.from(samples.requests.serverRequestId.subarray(0, 16)).toString('hex')).toBe(
      '0123456789abcdef0123456789abcdef',
    )
    expect(samples.requests.status[0]).toBe(200)
    expect(samples.requests.bodyBytes[0]).toBe(3)
    expect(samples.requests.answerBytes[0]).toBe('{"class 0":0.5}'.length)
  })

  test.each([1, 2])(
    'with passes sends each frame exactly so often, the partial last batch too (%i threads)',
    async (threads) => {
      const job = await jobFor(answerFrames, {
        clip: 10,
        framesPerRequest: 4,
        load: { kind: 'closed', framesInFlight: 12 },
        extent: { passes: 3 },
        threads,
      })
      const { result, samples } = await run(job)
      const sent = server!.seen.flatMap((request) => request.frames)
      for (let frame = 0; frame < 10; frame++) expect(sent.filter((f) => f === frame)).toHaveLength(3)
      expect(samples.requests.frames.reduce((sum, count) => sum + count, 0)).toBe(30)
      expect(requestTally(samples)).toEqual({ ok: 8 })
      expect(new Set(names(samples.requests.phase, phases))).toEqual(new Set(['measured']))
      expect(result.complete).toBe(true)
      expect([...samples.requests.request].toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
      expect(server!.seen[0]!.body).toMatch(/^<0:f\d >(<\d:f\d >)*\.$/)
    },
  )
})

test('progress shows phase, frames and rate while the load runs', async () => {
  const seen: LoadProgress[] = []
  const job = await jobFor(answerFrames, {
    load: smallCameraLoad(),
    threads: 2,
    extent: { durationMs: 1500 },
  })
  await runLoad(job, { signal: new AbortController().signal, onProgress: (progress) => seen.push(progress) })
  const { frames } = await readSamples(job.sampleFile)
  const counts = seen.map(({ framesOk }) => framesOk)
  expect(counts).toEqual(counts.toSorted((a, b) => a - b))
  expect(counts.at(-1)).toBeGreaterThan(0)
  expect(counts.at(-1)).toBeLessThanOrEqual(frames.count)
  expect(seen.map(({ phase }) => phase)).toContain('measured')
  expect(seen.at(-1)!.fpsNow).toBeGreaterThan(0)
  expect(seen.at(-1)!.requestLatencyP99Ms).toBeGreaterThan(0)
  expect(seen.at(-1)!.framesFailed).toBe(0)
})

test.runIf(process.platform === 'linux')(
  'the result holds the CPU of the load and pacer threads',
  async () => {
    const { result } = await run(await jobFor(answerFrames, { load: smallCameraLoad(), threads: 2 }))
    expect(result.loadCpuShare).toBeGreaterThan(0)
    expect(result.loadCpuShare).toBeLessThan(4)
  },
)

test('threads without a request loop send nothing', async () => {
  const job = await jobFor(answerFrames, {
    load: { kind: 'closed', framesInFlight: 1 },
    extent: { passes: 2 },
    threads: 3,
  })
  const { samples } = await run(job)
  expect(requestTally(samples)).toEqual({ ok: 20 })
})

test('threads without a camera do not keep the others from ending', async () => {
  const job = await jobFor(answerFrames, { load: smallCameraLoad({ cameras: 1 }), threads: 3 })
  const { result, samples } = await run(job)
  expect(result.complete).toBe(true)
  expect(Math.max(...samples.requests.dueUs)).toBeLessThan(result.windowEndUs + 10_000_000)
})

test.each<LoadJob['load']>([
  { kind: 'closed', framesInFlight: 2 },
  smallCameraLoad({ phases: 'poisson', fps: 1000 }),
])('a load that was stopped before it began sends nothing ($kind)', async (load) => {
  const job = await jobFor(answerFrames, { load })
  const { result, samples } = await run(job, AbortSignal.abort())
  expect(result.complete).toBe(false)
  expect([...samples.requests.sentUs].every(Number.isNaN)).toBe(true)
  expect(server!.seen).toEqual([])
})

describe('camera load', () => {
  test('records one outcome for every frame of every camera, in each phase', async () => {
    const job = await jobFor(answerFrames, { load: smallCameraLoad() })
    const { samples } = await run(job)
    const { frames, requests } = samples
    expect(frames.count).toBe(requests.count)
    for (let camera = 0; camera < 4; camera++) {
      const ticks = [...frames.frame].filter((_, i) => frames.camera[i] === camera).toSorted((a, b) => a - b)
      expect(ticks).toEqual(ticks.map((_, i) => i))
      // 0.3 s of warm-up and 0.5 s of window at 50 fps.
      expect(ticks.length).toBeGreaterThanOrEqual(39)
    }
    expect(new Set(names(frames.outcome, outcomes))).toEqual(new Set(['ok']))
    const measured = [...frames.phase].filter((phase) => phases[phase] === 'measured')
    expect(measured.length).toBe(100)
  })

  test('with passes all cameras together send each frame of the clip exactly that many times', async () => {
    const job = await jobFor(answerFrames, {
      clip: 11,
      framesPerRequest: 4,
      load: smallCameraLoad({ cameras: 3, camerasPerClient: 2, fps: 200 }),
      extent: { passes: 2 },
    })
    const { samples } = await run(job)
    const sent = server!.seen.flatMap((request) => request.frames).toSorted((a, b) => a - b)
    expect(sent).toEqual(Array.from({ length: 22 }, (_, i) => Math.floor(i / 2)))
    expect(samples.frames.count).toBe(22)
  })

  test('drops by policy, and a dropped client batch drops all of its frames', async () => {
    const held: (() => void)[] = []
    const job = await jobFor((request, response) => void held.push(() => answerFrames(request, response)), {
      framesPerRequest: 4,
      load: smallCameraLoad({
        maxInFlightPerCamera: 1,
        queue: { policy: 'drop-oldest', depth: 1 },
        camerasPerClient: 2,
        fps: 100,
      }),
      warmupMaxMs: 0,
      extent: { durationMs: 400 },
      deadlineMs: 700,
    })
    const { samples } = await run(job)
    const { frames } = samples
    const dropped = [...frames.outcome].filter((outcome) => outcomes[outcome] === 'dropped').length
    expect(dropped).toBeGreaterThan(0)
    expect(dropped % 4).toBe(0)
    for (let i = 0; i < frames.count; i++) {
      expect(frames.request[i] === noRequest).toBe(outcomes[frames.outcome[i]!] === 'dropped')
    }
  })
})

function expectAllAccounted({ requests, frames }: MeasurementSamples, closed: boolean): void {
  const ids = [...requests.request]
  expect(new Set(ids).size).toBe(ids.length)
  if (closed) return
  const carried = new Map<number, number>()
  const seen = new Set<string>()
  for (let i = 0; i < frames.count; i++) {
    seen.add(`${frames.camera[i]}/${frames.frame[i]}`)
    const request = frames.request[i]!
    if (request !== noRequest) carried.set(request, (carried.get(request) ?? 0) + 1)
  }
  // No frame twice, and no gap: each camera's ticks are 0 … n − 1.
  expect(seen.size).toBe(frames.count)
  const last = new Map<number, number>()
  for (let i = 0; i < frames.count; i++) {
    last.set(frames.camera[i]!, Math.max(last.get(frames.camera[i]!) ?? -1, frames.frame[i]!))
  }
  expect([...last.values()].reduce((sum, tick) => sum + tick + 1, 0)).toBe(frames.count)
  for (let i = 0; i < requests.count; i++) expect(carried.get(requests.request[i]!)).toBe(requests.frames[i])
  expect(carried.size).toBe(requests.count)
}

describe('whatever the server does', () => {
  const behaviours: Script[] = [
    answerFrames,
    (_, response) => response.writeHead(503).end('{"code":503}'),
    (_, response) => response.socket!.end('garbage\r\n\r\n'),
    (_, response) => response.socket!.destroy(),
    (_, response) => response.end('{"one": "result too few"'),
    () => {},
  ]

  test('every frame that was due has exactly one outcome', async () => {
    const scenarios = fc.record({
      framesPerRequest: fc.constantFrom(1, 3),
      closed: fc.boolean(),
      cameras: fc.integer({ min: 1, max: 5 }),
      camerasPerClient: fc.integer({ min: 1, max: 3 }),
      fps: fc.constantFrom(40, 90),
      phases: fc.constantFrom('random' as const, 'aligned' as const, 'poisson' as const),
      maxInFlightPerCamera: fc.constantFrom(1, 2, 50),
      policy: fc.constantFrom('queue' as const, 'drop-oldest' as const, 'drop-newest' as const),
      depth: fc.constantFrom(0, 1, 3),
      fillDeadlineMs: fc.constantFrom(undefined, 5, 40),
      threads: fc.constantFrom(1, 2),
      moods: fc.array(fc.nat(behaviours.length - 1), { minLength: 1, maxLength: 7 }),
      stopEarly: fc.boolean(),
      phaseSeed: fc.nat(1000),
    })
    await fc.assert(
      fc.asyncProperty(scenarios, async (s) => {
        const script: Script = (request, response) =>
          behaviours[s.moods[request.number % s.moods.length]!]!(request, response)
        const job = await jobFor(script, {
          framesPerRequest: s.framesPerRequest,
          load: s.closed
            ? { kind: 'closed', framesInFlight: s.cameras * s.framesPerRequest }
            : smallCameraLoad({
                cameras: s.cameras,
                camerasPerClient: s.camerasPerClient,
                fps: s.fps,
                phases: s.phases,
                maxInFlightPerCamera: s.maxInFlightPerCamera,
                queue: { policy: s.policy, depth: s.depth },
                fillDeadlineMs: s.fillDeadlineMs,
              }),
          threads: s.threads,
          phaseSeed: s.phaseSeed,
          warmupMaxMs: 60,
          extent: { durationMs: 150 },
          deadlineMs: 120,
        })
        const stopper = new AbortController()
        const timer = s.stopEarly ? setTimeout(() => stopper.abort(), 150) : undefined
        const { result, samples } = await run(job, stopper.signal)
        clearTimeout(timer)
        expectAllAccounted(samples, s.closed)
        expect(result.complete || stopper.signal.aborted).toBe(true)
      }),
      { numRuns: 12 },
    )
  })
})

const url = (file: string) => JSON.stringify(new URL(file, import.meta.url).href)

describe('a load that cannot go on', () => {
  test('says that the server does not accept connections', async () => {
    const job = await jobFor(answerFrames)
    await server!.close()
    await expect(run(job)).rejects.toThrow('does not accept connections')
  })

  test('stops when the disk is full', async () => {
    const job = await jobFor(answerFrames, { sampleFile: '/dev/full', extent: { durationMs: 60_000 } })
    await expect(runLoad(job, { signal: new AbortController().signal })).rejects.toSatisfy(
      (error) => error instanceof UserError && error.exitCode === 3 && error.message === 'the disk is full',
    )
  })

  test('keeps what was measured until the disk was full', async () => {
    // A separate process with a limit on the size of its files simulates a full disk.
    const job = await jobFor(answerFrames, { extent: { durationMs: 60_000 }, threads: 2 })
    const { payload: _, ...rest } = job
    const code = `
      import { runLoad } from ${url('./run-load.js')}
      import { smallPayload } from ${url('./testing/small-payload.test.support.js')}
      const job = { ...${JSON.stringify(rest)}, payload: smallPayload(10, 1) }
      runLoad(job, { signal: new AbortController().signal }).catch(({ exitCode }) => process.exit(exitCode))`
    const script = join(folder, 'load.mjs')
    await writeFile(script, code)
    const limited = ['-c', 'ulimit -f 100; exec "$@"', 'bash', process.execPath, script]
    const { exitCode } = await execa('bash', limited, { reject: false })
    expect(exitCode).toBe(3)
    expect((await readSamples(job.sampleFile)).requests.count).toBeGreaterThan(0)
  })

  test('keeps what was measured when it is stopped', async () => {
    const stopper = new AbortController()
    const job = await jobFor(
      (request, response) => {
        if (request.number === 20) stopper.abort()
        answerFrames(request, response)
      },
      { extent: { durationMs: 60_000 }, load: smallCameraLoad() },
    )
    const { result, samples } = await run(job, stopper.signal)
    expect(result.complete).toBe(false)
    expect(requestTally(samples)['ok']).toBeGreaterThanOrEqual(20)
    expect(result.windowEndUs).toBeLessThan(60_000_000)
  })
})
