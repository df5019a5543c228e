import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readSamples } from '../run/read-samples.js'
import { outcomes, phases, type MeasurementSamples } from '../run/record.js'
import { nowUs } from '../system/now-us.js'
import type { LoadJob } from './load-job.js'
import { runSlice, type SliceEnd, type Together } from './run-load.js'
import {
  answerFrames,
  type ScriptedServer,
  startScriptedServer,
} from './testing/scripted-server.test.support.js'
import { smallCameraLoad, smallJob } from './testing/small-job.test.support.js'

let folder = ''
let server: ScriptedServer

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'framestorm-slice-'))
  server = await startScriptedServer(answerFrames)
})

afterEach(async () => {
  await server.close()
  await rm(folder, { recursive: true, force: true })
})

function jobOf(changes: Partial<LoadJob> & { clip?: number } = {}): LoadJob {
  return smallJob(server.endpoint, join(folder, 'samples.bin'), { load: smallCameraLoad(), ...changes })
}

/** Alone, a slice starts a quarter of a second after it is ready, and waits for nobody at its end. */
function alone(changes: Partial<Together> = {}): Together {
  return { ready: async () => nowUs() + 250_000, drained: async () => {}, ...changes }
}

async function run(job: LoadJob, together: Together, signal = new AbortController().signal) {
  return runSlice(job, { signal, together })
}

async function complete(job: LoadJob, together: Together, signal?: AbortSignal) {
  const ended = await run(job, together, signal)
  if (ended.end !== 'complete') throw new Error(`the slice ended: ${ended.end}`)
  return { result: ended.result, samples: await readSamples(job.sampleFile) }
}

const inPhase = ({ requests }: MeasurementSamples, phase: (typeof phases)[number]) =>
  [...requests.sentUs].filter((_, row) => phases[requests.phase[row]!] === phase)

describe('the start', () => {
  test.each<[string, Partial<LoadJob>]>([
    ['cameras', {}],
    ['cameras, two threads', { threads: 2 }],
    ['closed', { load: { kind: 'closed', framesInFlight: 2 } }],
  ])('is the agreed instant, and nothing is sent before it (%s)', async (_, changes) => {
    let agreedUs = 0
    const { result, samples } = await complete(
      jobOf(changes),
      alone({ ready: async () => (agreedUs = nowUs() + 700_000) }),
    )
    expect(result.startedClockUs).toBe(agreedUs)
    expect(result.startSkewUs).toBeGreaterThanOrEqual(0)
    // How late a thread begins depends on how busy the machine of the test is; a bench measures it.
    expect(result.startSkewUs).toBeLessThan(200_000)
    expect(Math.min(...samples.requests.sentUs)).toBeGreaterThanOrEqual(0)
  })

  test('that has already passed is taken at once, and the skew says so', async () => {
    const { result } = await complete(jobOf(), alone({ ready: async () => nowUs() - 100_000 }))
    expect(result.startSkewUs).toBeGreaterThanOrEqual(100_000)
  })

  test('comes without using the processor until then', async () => {
    const stopper = new AbortController()
    let before = process.cpuUsage()
    const ready = async () => {
      before = process.cpuUsage()
      setTimeout(() => stopper.abort(), 1500)
      return nowUs() + 60_000_000
    }
    await complete(jobOf(), alone({ ready }), stopper.signal)
    const { user, system } = process.cpuUsage(before)
    // Two threads end meanwhile.
    expect(user + system).toBeLessThan(1_000_000)
  })
})

test('the warm-up takes exactly its time, however steady the throughput is', async () => {
  const { result, samples } = await complete(jobOf({ warmupMaxMs: 900 }), alone())
  expect(result.windowStartUs).toBe(900_000)
  expect(result.windowEndUs).toBe(1_400_000)
  // Four cameras with 50 fps, in half a second.
  expect([...samples.frames.phase].filter((phase) => phases[phase] === 'measured')).toHaveLength(100)
})

describe('after the window', () => {
  test('the load continues until all slices have drained', async () => {
    let drainedUs = 0
    const { samples, result } = await complete(
      jobOf({ threads: 2 }),
      alone({
        async drained() {
          drainedUs = nowUs()
          const before = server.seen.length
          while (server.seen.length < before + 50) await sleep(5)
        },
      }),
    )
    const heldUs = drainedUs - result.startedClockUs
    expect(heldUs).toBeGreaterThanOrEqual(result.windowEndUs)
    const held = inPhase(samples, 'drain').filter((sentUs) => sentUs > heldUs)
    expect(held.length).toBeGreaterThanOrEqual(40)
    expect(result.complete).toBe(true)
  })

  test('the last answer of the window is awaited before the slice has drained', async () => {
    await server.close()
    server = await startScriptedServer((request, response) =>
      setTimeout(() => answerFrames(request, response), 300),
    )
    let drainedUs = 0
    const { samples, result } = await complete(
      jobOf(),
      alone({ drained: async () => void (drainedUs = nowUs()) }),
    )
    const answered = samples.requests.answeredUs.filter(
      (_, row) => phases[samples.requests.phase[row]!] === 'measured',
    )
    expect(drainedUs - result.startedClockUs).toBeGreaterThanOrEqual(Math.max(...answered))
  })

  test('with passes a slice just ends', async () => {
    const { samples } = await complete(
      jobOf({ extent: { passes: 1 }, load: smallCameraLoad({ fps: 200 }) }),
      alone({ drained: () => Promise.reject(new Error('nothing is held')) }),
    )
    expect(samples.frames.count).toBe(10)
  })

  test('an error of the one who holds the load ends it', async () => {
    await expect(
      run(jobOf(), alone({ drained: () => Promise.reject(new Error('the broker is gone')) })),
    ).rejects.toThrow('the broker is gone')
  })
})

describe('a slice that is stopped', () => {
  test.each<[string, Together['ready']]>([
    ['before an instant is agreed', () => new Promise(() => {})],
    ['before the agreed instant', async () => nowUs() + 60_000_000],
  ])('%s has sent nothing and is not complete', async (_, agree) => {
    const stopper = new AbortController()
    const ready = () => {
      setTimeout(() => stopper.abort(), 200)
      return agree()
    }
    const { result, samples } = await complete(jobOf({ threads: 2 }), alone({ ready }), stopper.signal)
    expect(result.complete).toBe(false)
    expect([...samples.requests.sentUs].every(Number.isNaN)).toBe(true)
    expect(server.seen).toEqual([])
  })

  test('while it is held keeps its samples', async () => {
    const stopper = new AbortController()
    const drained = () => {
      stopper.abort()
      return new Promise<void>(() => {})
    }
    const { result, samples } = await complete(jobOf(), alone({ drained }), stopper.signal)
    expect(result.complete).toBe(false)
    expect(inPhase(samples, 'measured')).toHaveLength(100)
  })

  test('by an error of the barrier rejects with it', async () => {
    await expect(run(jobOf(), alone({ ready: () => Promise.reject(new Error('no start')) }))).rejects.toThrow(
      'no start',
    )
  })
})

test.runIf(process.platform === 'linux')(
  'a slice whose thread is too busy ends with the number of threads that it needs, until it has them',
  async () => {
    const ends: SliceEnd[] = []
    for (let atFirst: number | undefined = 1; atFirst !== undefined;) {
      const ended = await run(jobOf({ threads: { most: 3, busyShare: 0, atFirst } }), alone())
      ends.push(ended)
      atFirst = ended.end === 'too-busy' ? ended.threads : undefined
    }
    expect(ends.slice(0, -1)).toEqual([
      { end: 'too-busy', threads: 2 },
      { end: 'too-busy', threads: 3 },
    ])
    expect(ends.at(-1)).toMatchObject({ end: 'complete', result: { loadThreads: 3, complete: true } })
  },
)

describe('slices of one load', () => {
  const slice = (agent: number, firstClient: number, clients: number) => ({
    agent,
    agents: 2,
    firstClient,
    clients,
  })

  /** Runs two slices at once, with two threads and one. */
  async function runBoth(changes: Partial<LoadJob> & { clip?: number }, clients: [number, number]) {
    const startUs = nowUs() + 600_000
    const together = alone({ ready: async () => startUs })
    const parts = [
      { slice: slice(0, 0, clients[0]), threads: 2, sampleFile: join(folder, 'a.bin') },
      { slice: slice(1, clients[0], clients[1]), threads: 1, sampleFile: join(folder, 'b.bin') },
    ]
    return Promise.all(parts.map((part) => complete(jobOf({ ...changes, ...part }), together)))
  }

  const distinct = (numbers: Uint32Array) => [...new Set(numbers)].toSorted((a, b) => a - b)

  function expectUniqueNumbers(both: { samples: MeasurementSamples }[]): void {
    const numbers = both.flatMap(({ samples }) => [...samples.requests.request])
    expect(new Set(numbers).size).toBe(numbers.length)
  }

  test('send each camera once, with the numbers that it has in the whole load', async () => {
    const load = smallCameraLoad({ cameras: 7, camerasPerClient: 2 })
    const both = await runBoth({ load }, [3, 1])
    expect(both.map(({ samples }) => distinct(samples.frames.camera))).toEqual([[0, 1, 2, 3, 4, 5], [6]])
    expect(both.map(({ samples }) => distinct(samples.requests.client))).toEqual([[0, 1, 2], [3]])
    const measured = both.flatMap(({ samples: { frames } }) =>
      [...frames.frame].filter((_, i) => phases[frames.phase[i]!] === 'measured'),
    )
    expect(measured).toHaveLength(7 * 25)
    expectUniqueNumbers(both)
  })

  test('of a closed load with passes send each frame exactly that many times', async () => {
    const load = { kind: 'closed' as const, framesInFlight: 20 }
    const both = await runBoth({ load, framesPerRequest: 4, clip: 11, extent: { passes: 3 } }, [4, 1])
    const sent = server.seen.flatMap(({ frames }) => frames)
    for (let frame = 0; frame < 11; frame++) expect(sent.filter((each) => each === frame)).toHaveLength(3)
    expectUniqueNumbers(both)
    const seen = both.flatMap(({ samples }) => [...samples.requests.outcome].map((each) => outcomes[each]))
    expect(new Set(seen)).toEqual(new Set(['ok']))
  })
})
