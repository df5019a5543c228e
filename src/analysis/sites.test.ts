import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { AgentResult } from '../run/agent-result.js'
import { openSamples } from '../run/read-samples.js'
import { measurementInput, type MeasurementInput } from '../run/read-measurement.js'
import type { Point } from '../scenario/plan/plan.js'
import { ExitCode } from '../system/user-error.js'
import { analyseMeasurements, analyseSimulated, type Simulated } from './analyse-simulated.test.support.js'
import { compareSites } from './compare-sites.js'
import { summariseMeasurement, type MeasurementSummary } from './measurement-summary.js'
import { writeSamples } from './simulated-run-folder.test.support.js'
import {
  cameraLoad,
  closedLoad,
  manifestOf,
  pointOf,
  simulateMeasurement,
} from './simulated-run.test.support.js'
import { agentsOf, onlyOf, splitIntoSites } from './sites.test.support.js'

let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'framestorm-sites-'))
})

afterEach(() => rm(folder, { recursive: true, force: true }))

const measure = { warmupMaxS: 1, durationS: 3, repetitions: 2, deadlineMs: 5000 }

const fleets = fc.record({
  mode: fc.constantFrom('server' as const, 'client' as const),
  batchSize: fc.constantFrom(1, 2, 4),
  load: fc.oneof(
    fc.constantFrom(8, 16).map((frames) => closedLoad(frames)),
    fc
      .record({ cameras: fc.integer({ min: 4, max: 14 }), camerasPerClient: fc.constantFrom(1, 2) })
      .map(({ cameras, camerasPerClient }) => ({ ...cameraLoad(cameras), camerasPerClient })),
  ),
  shares: fc.constantFrom({ a: 1 }, { a: 1, b: 1 }, { a: 1, b: 0, c: 3 }, { far: 1, near: 2, b: 1 }),
  late: fc.constantFrom(0, 0.2),
  hasBatches: fc.boolean(),
  rowsPerBlock: fc.integer({ min: 1, max: 12 }),
  mostRows: fc.integer({ min: 1, max: 80 }),
})

/** Sums of floating-point numbers depend on their order, in the last digits. */
function plain(value: unknown): unknown {
  const toTwelveDigits = (_: string, one: unknown) =>
    typeof one === 'number' && Number.isFinite(one) ? Number(one.toPrecision(12)) : one
  return JSON.parse(JSON.stringify(value, toTwelveDigits))
}

/** Without what only a measurement by agents has. */
function figuresOf({ agent: _, network: __, sites: ___, checks, ...figures }: MeasurementSummary) {
  const ofAgent = new Set<string>(['agent-lost', 'samples-missing', 'start-skew'])
  return { ...figures, checks: checks.filter(({ name }) => !ofAgent.has(name)) }
}

/** A run with only the samples of one agent, picked one by one. */
function aloneInput(input: MeasurementInput, agent: AgentResult): MeasurementInput {
  const { load, batching } = input.point
  const samples = onlyOf(wholeOf(input), agent, load.kind === 'cameras' ? load.camerasPerClient : 1)
  const cameras = new Set(samples.frames.camera).size
  return {
    point: {
      ...input.point,
      load:
        load.kind === 'cameras'
          ? { ...load, cameras }
          : { ...load, framesInFlight: agent.clients * batching.framesPerRequest },
    },
    record: { ...input.record, agents: undefined, observations: {}, loadCpuShare: undefined },
    samples,
    batches: input.batches,
    answerTolerance: input.answerTolerance,
  }
}

function wholeOf({ samples }: MeasurementInput) {
  if ('parts' in samples) throw new Error('these samples are in memory')
  return samples
}

test('the figures of a site are those of a run that has only its samples, however they are read', async () => {
  await fc.assert(
    fc.asyncProperty(fleets, async (fleet) => {
      const point = pointOf(1, fleet.mode, fleet.batchSize, fleet.load, { measure })
      const agents = agentsOf(point, fleet.shares)
      const measurement = simulateMeasurement(point)
      const { requests } = measurement.samples
      for (let row = 0; row < requests.count; row += 3)
        if (fleet.late > 0) requests.sentUs[row]! += 900 * ((row * fleet.late) % 1)
      splitIntoSites(measurement, point, agents, { far: 40 })
      const manifest = manifestOf([point], [measurement.record])
      const extras = fleet.hasBatches ? { batches: measurement.batches } : {}
      const input = measurementInput(manifest, measurement.record, measurement.samples, extras)
      const alone = agents.map((agent) => summariseMeasurement(aloneInput(input, agent)).summary)

      const { summary } = summariseMeasurement(input)
      expect(summary.sites?.map(figuresOf)).toEqual(alone.map(figuresOf))

      const without = { ...input, record: { ...input.record, agents: undefined } }
      const { checks: _, ...whole } = figuresOf(summary)
      const { checks: __, ...asOne } = figuresOf(summariseMeasurement(without).summary)
      expect(whole).toEqual(asOne)

      const path = join(folder, 'samples.bin')
      await writeSamples(path, measurement.samples, fleet.rowsPerBlock)
      const file = openSamples(path)
      const inParts = {
        ...file,
        parts: (...[order, reading]: Parameters<typeof file.parts>) =>
          file.parts(order, { ...reading, mostRows: fleet.mostRows }),
      }
      const read = summariseMeasurement({ ...input, samples: inParts }).summary
      expect(plain(read.sites)).toEqual(plain(summary.sites))
    }),
    { numRuns: 40 },
  )
})

/** Repetitions of a point by agents, each changed before it is analysed. */
async function analyseFleet(
  point: Point,
  change: (measurement: Simulated) => void = () => undefined,
  repetitions = 2,
) {
  return analyseSimulated([point], repetitions, (measurement) => {
    splitIntoSites(measurement, point, agentsOf(point, { north: 1, south: 1, island: 1 }), { island: 120 })
    change(measurement)
  })
}

const cameras = pointOf(1, 'server', 4, cameraLoad(6), { measure })

test.each([undefined, 7])(
  'the figures of a site over all repetitions are those of a run that has only its samples, if %s values are kept',
  (mostKept) => {
    const measured = [1, 2].map((repetition) => {
      const one = simulateMeasurement(cameras, repetition)
      splitIntoSites(one, cameras, agentsOf(cameras, { north: 1, south: 2 }))
      return one
    })
    const manifest = manifestOf(
      [cameras],
      measured.map(({ record }) => record),
    )
    const inputs = measured.map(({ record, samples }) => measurementInput(manifest, record, samples))
    const sites = analyseMeasurements('run', manifest, inputs, mostKept).points[0]!.sites!
    expect(sites.map(({ agent }) => agent?.site)).toEqual(['north', 'south'])
    for (const [i, { agent: _, network: __, ...site }] of sites.entries()) {
      const alone = inputs.map((input) => aloneInput(input, input.record.agents![i]!))
      const { point } = alone[0]!
      const ofAlone = manifestOf(
        [point],
        alone.map(({ record }) => record),
      )
      const { server: ___, ...expected } = analyseMeasurements('run', ofAlone, alone).points[0]!
      expect(site).toMatchObject(JSON.parse(JSON.stringify(expected)))
    }
  },
)

test('the slowest site comes first, and its network is told apart from the server', async () => {
  const { points } = await analyseFleet(cameras)
  const { sites, differ } = compareSites(points[0]!)!
  expect(differ).toBe(true)
  expect(sites[0]!.agent?.site).toBe('island')
  const byName = new Map(sites.map((site) => [site.agent?.site, site.network]))
  expect(byName.get('island')).toMatchObject({ basis: 'counters' })
  expect(byName.get('island')!.networkMeanMs).toBeGreaterThan(100)
  expect(byName.get('island')!.networkMeanMs).toBeLessThan(140)
  expect(byName.get('north')?.networkMeanMs ?? 0).toBeLessThan(20)
})

test('sites on equal links rarely seem to differ, although each has few cameras', async () => {
  const same = Array.from({ length: 40 }, (_, i) => pointOf(i + 1, 'server', 4, cameraLoad(6), { measure }))
  const { points } = await analyseSimulated(same, 3, (measurement, point) =>
    splitIntoSites(measurement, point, agentsOf(point, { north: 1, south: 1 })),
  )
  // By chance, the ranges of three repetitions each are disjoint in one case of ten.
  expect(points.filter((point) => compareSites(point)!.differ).length).toBeLessThanOrEqual(8)
})

test('with times of the queue in the log, the network of a site is that of its own requests, exactly', () => {
  const measurement = simulateMeasurement(cameras)
  splitIntoSites(measurement, cameras, agentsOf(cameras, { north: 1, island: 1 }), { island: 120 })
  const { requests } = measurement.samples
  const clockUs = measurement.record.startedClockUs!
  const sentUs = new Map(
    Array.from({ length: requests.count }, (_, i) => [requests.request[i], requests.sentUs[i]!]),
  )
  for (const batch of measurement.batches) {
    const dispatchedUs = batch.handler!.entryUs
    batch.queue = {
      // Any difference between the clocks of server and agent may not matter: 5 s here.
      arrivedUs: batch.members.map((request) => sentUs.get(request)! + clockUs + 1000 + 5e6),
      poppedUs: dispatchedUs + 5e6,
      dispatchedUs: dispatchedUs + 5e6,
      reason: 'full',
    }
    batch.handler!.exitUs += 5e6
  }
  const manifest = manifestOf([cameras], [measurement.record])
  const { summary } = summariseMeasurement(
    measurementInput(manifest, measurement.record, measurement.samples, { batches: measurement.batches }),
  )
  const [north, island] = summary.sites!
  // 1 ms to the queue, and 0.4 ms from the end of the handler to the answer.
  expect(north!.network).toMatchObject({ basis: 'log' })
  expect(north!.network!.networkMeanMs).toBeCloseTo(1.4, 6)
  expect(island!.network!.networkMeanMs).toBeCloseTo(121.4, 6)
})

test("the network is unknown without the server's times, and with requests of other clients among them", async () => {
  const none = await analyseFleet(cameras, ({ record }) => {
    delete record.observations?.serverCounted
  })
  expect(none.points[0]!.sites!.map(({ network }) => network)).toEqual([undefined, undefined, undefined])
  const others = await analyseFleet(cameras, ({ record }) => {
    record.observations!.serverCounted!.requests += 3
  })
  expect(others.points[0]!.sites!.map(({ network }) => network)).toEqual([undefined, undefined, undefined])
})

describe('a bad agent is named', () => {
  /** Changes the agent `south` of each repetition. */
  const analyseSouth = (changes: Partial<AgentResult>) =>
    analyseFleet(cameras, ({ record }) => {
      record.agents = record.agents!.map((one) => (one.site === 'south' ? { ...one, ...changes } : one))
    })

  test.each([
    ['client-saturated', 'INVALID', { loadCpuShare: 0.95, loadThreads: 1 }],
    ['clock-step', 'INVALID', { observations: { clockStepMs: 40 } }],
    ['throttled', 'INVALID', { observations: { throttledShare: 0.2 } }],
    ['samples-missing', 'INVALID', { framesScheduled: 7 }],
    ['samples-missing', 'INVALID', { framesPlanned: 7 }],
    ['processor-stolen', 'VALID', { observations: { stealShare: 0.2 } }],
    ['machine-shared', 'VALID', { observations: { otherCpuShare: 0.2 } }],
    ['start-skew', 'VALID', { startSkewMs: -45, clockErrorMs: 1 }],
    ['start-skew', 'VALID', { startSkewMs: 2, clockErrorMs: 45 }],
  ] as const)('%s: %s', async (name, validity, changes) => {
    const { points, measurements } = await analyseSouth(changes)
    expect(points[0]!.validity).toBe(validity)
    const found = points[0]!.findings.filter((finding) => finding.site !== undefined)
    expect(found.map((finding) => [finding.name, finding.site])).toEqual([[name, 'south']])
    expect(found[0]!.symptom).toMatch(/^Agent south: [A-Z\d].*\.$/)
    const rows = measurements[0]!.sites!.map((site) => [
      site.agent?.site,
      site.findings.map((one) => one.name),
    ])
    expect(rows.filter(([, names]) => names!.includes(name)).map(([site]) => site)).toEqual(['south'])
  })

  test('a healthy agent has no finding, and the measurement is VALID', async () => {
    const { points } = await analyseSouth({
      startSkewMs: 0.4,
      clockErrorMs: 2,
      loadCpuShare: 1.2,
      loadThreads: 2,
      observations: { clockStepMs: 0.1, throttledShare: 0, stealShare: 0, otherCpuShare: 0.02 },
    })
    expect(points[0]!.validity).toBe('VALID')
    expect(points[0]!.findings.filter(({ site }) => site !== undefined)).toEqual([])
  })

  test('one that sends late', async () => {
    const { points, measurements } = await analyseFleet(cameras, ({ samples: { requests } }) => {
      for (let row = 0; row < requests.count; row++)
        if (requests.client[row]! >= 4 && row % 3 === 0) requests.sentUs[row]! += 80_000
    })
    const late = points[0]!.findings.filter(({ name }) => name === 'generator-late')
    expect(late.map(({ site }) => site)).toEqual(['island'])
    expect(measurements[0]!.sites!.map(({ validity }) => validity)).toEqual(['VALID', 'VALID', 'INVALID'])
  })
})

describe('a lost agent', () => {
  const lose = ({ record }: Simulated) => {
    if (record.repetition !== 2) return
    record.complete = false
    record.agents = record.agents!.map((agent) =>
      agent.site === 'south'
        ? { ...agent, complete: false, lost: 'it did not report for 3 s' }
        : { ...agent, complete: false },
    )
  }

  test('makes its measurement INVALID and the exit code 4, and the others keep the point', async () => {
    const { measurements, points, exitCode, verdict } = await analyseFleet(cameras, lose)
    const lost = measurements[1]!
    expect(lost.validity).toBe('INVALID')
    expect(lost.findings.map(({ name, symptom }) => [name, symptom])).toContainEqual([
      'agent-lost',
      'Agent south: It was lost during the measurement: it did not report for 3 s.',
    ])
    expect(lost.findings.map(({ name }) => name)).not.toContain('interrupted')
    expect(points[0]).toMatchObject({ validity: 'VALID', repetitionsUsed: 1, repetitionsMeasured: 1 })
    expect(points[0]!.findings).toContainEqual(
      expect.objectContaining({ name: 'agent-lost', site: 'south', repetitions: [2] }),
    )
    expect(exitCode).toBe(ExitCode.invalid)
    expect(verdict.caveats).toContainEqual({ name: 'agents-lost', sites: ['south'], measurements: 1 })
  })

  test('of the only measurement leaves nothing to report but that', async () => {
    const analysis = await analyseFleet(
      cameras,
      ({ record }) => {
        record.repetition = 2
        lose({ record } as Simulated)
      },
      1,
    )
    expect(analysis.points).toEqual([])
    expect(analysis.exitCode).toBe(ExitCode.invalid)
  })
})

test('samples that are missing are never a pass, even if other repetitions are VALID', async () => {
  const { exitCode, points } = await analyseFleet(cameras, ({ record }) => {
    if (record.repetition === 1) record.agents![0]!.framesScheduled! += 1
  })
  expect(points[0]!.validity).toBe('VALID')
  expect(exitCode).toBe(ExitCode.invalid)
})
