import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { expect, test } from 'vitest'
import { UserError } from '../../system/user-error.js'
import { packageRoot } from '../../system/package-root.js'
import type { Point } from '../../scenario/plan/plan.js'
import { phaseSeed } from '../../scenario/plan/order-measurements.js'
import type { LoadSettings } from '../../scenario/schema/settings.js'
import { capacitySettings } from '../capacity-setting.js'
import { measureCapacity } from '../live/measure-capacity.js'
import { virtualMeasurement, type VirtualServer } from '../live/virtual-server.test.support.js'
import { sizeText } from '../../report/capacity/size-words.js'
import { sizeColumns, writeSize } from '../../report/capacity/write-size.js'
import type { PhasedMeasurement } from '../simulator/simulated-setting.js'
import { sizeRun } from './size-run.js'

const server: VirtualServer = {
  tauMs: 20,
  alphaMs: 10,
  jitter: 0.02,
  workers: 1,
  lossMs: 0,
  overhead: { sendMs: 1, answerMs: 1 },
  logs: true,
}

const cameras = (count: number, fps = 5): LoadSettings => ({
  kind: 'cameras',
  cameras: count,
  fps,
  phases: 'random',
  maxInFlightPerCamera: 8,
  queue: { policy: 'queue', depth: 1000 },
  camerasPerClient: 1,
})

function pointOf(id: number, load: LoadSettings): Point {
  return {
    id,
    video: { source: 'testsrc', width: 640, height: 480, quality: 3 },
    server: { kind: 'embedded', tauMs: 20, alphaMs: 10, jitter: 0.02, workers: 1 },
    model: { name: 'm', weights: 'seeded', request: { field: 'frame_{i}', json: 'object' }, answer: {} },
    batching: {
      mode: 'server',
      framesPerRequest: 1,
      serverBatchSize: 4,
      batchSize: 4,
      maxBatchDelayMs: 20,
      encoding: 'raw',
    },
    load,
    measure: { warmupMaxS: 1, durationS: 30, repetitions: 3, deadlineMs: 5000 },
    slo: { latencyMs: 200, percentile: 99 },
  }
}

function measured(loads: LoadSettings[], on = server): PhasedMeasurement[] {
  return loads.flatMap((load, i) =>
    [1, 2, 3].map((repetition) => {
      const seed = load.kind === 'cameras' ? phaseSeed(1, load.cameras, repetition) : 0
      const planned = { point: i + 1, repetition, phaseSeed: seed }
      return { ...virtualMeasurement(on, pointOf(i + 1, load), planned), phaseSeed: seed }
    }),
  )
}

const closed = [1, 2, 4, 8].map((framesInFlight): LoadSettings => ({ kind: 'closed', framesInFlight }))
const question = { cameras: 100, fps: 5, slo: { latencyMs: 200, percentile: 99 }, headroom: 0.8 }
const run = { name: 'run', server: 'embedded (simulated)', seed: 1 }

test('camera runs at the rate in question are judged anew: the largest number below the first failure', async () => {
  const measurements = measured([cameras(4), cameras(8), cameras(40)])
  const { settings } = await sizeRun(question, { ...run, measurements })
  expect(settings[0]!.capacity).toMatchObject({ cameras: 8, basis: 'measured', failsAt: 40 })
  expect(settings[0]!.fleets[1]).toMatchObject({ servers: 17, survivesLoss: true })
})

test('a stricter SLO than the run had is answered from the same samples', async () => {
  const strict = { ...question, slo: { latencyMs: 60, percentile: 99 } }
  const measurements = measured([...closed, cameras(1), cameras(8)])
  const { capacity } = (await sizeRun(strict, { ...run, measurements })).settings[0]!
  expect(capacity.cameras).toBeLessThan(8)
})

test('a rate that was not measured is simulated with the service times of the run, and said to be', async () => {
  const measurements = measured([...closed, cameras(4)])
  const { settings } = await sizeRun({ ...question, fps: 10 }, { ...run, measurements })
  const { capacity, sensitivity } = settings[0]!
  expect(capacity.basis).toBe('simulated')
  // 4 frames take 60 ms: 66 frames a second at most.
  expect(capacity.cameras).toBeGreaterThanOrEqual(4)
  expect(capacity.cameras).toBeLessThanOrEqual(6)
  expect(sensitivity.map(({ change }) => change)).toEqual([
    'fps −50 %',
    'fps +50 %',
    'JPEG ×2',
    'α −10 %',
    'α +10 %',
  ])
})

test('between two searched rates the capacity is interpolated', async () => {
  const settings = [2, 6].flatMap((fps) => capacitySettings([pointOf(fps, cameras(1, fps))], 'scenario.yaml'))
  const all: PhasedMeasurement[] = []
  const capacity = await measureCapacity({
    settings,
    seed: 1,
    windowMaxS: 240,
    async measure(point, planned) {
      const input = virtualMeasurement(server, point, planned)
      if (point.load.kind === 'closed') all.push({ ...input, phaseSeed: planned.phaseSeed })
      return input
    },
    save: async () => undefined,
  })
  const sized = await sizeRun({ ...question, fps: 4 }, { ...run, measurements: all, capacity })
  const [slow, fast] = capacity.settings.map(({ found }) => found!.planning)
  expect(sized.settings[0]!.capacity.basis).toBe('interpolated')
  expect(sized.settings[0]!.capacity.cameras).toBeLessThan(slow!)
  expect(sized.settings[0]!.capacity.cameras).toBeGreaterThan(fast!)
  // As it is read back: fields in another order than in run.json.
  for (const { point } of capacity.settings) {
    const { encoding, ...others } = point.batching
    point.batching = { encoding, ...others }
  }
  const same = await sizeRun({ ...question, fps: 6 }, { ...run, measurements: all, capacity })
  expect(same.settings).toHaveLength(1)
  expect(same.leftOut).toEqual([])
  expect(same.settings[0]!.capacity).toMatchObject({ cameras: fast, basis: 'measured' })
})

test('a run without camera runs at the rate and without batch times cannot be planned from', async () => {
  const measurements = measured([cameras(4)], { ...server, logs: false })
  const error = await sizeRun({ ...question, fps: 7 }, { ...run, measurements }).catch(
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(UserError)
  expect(error).toMatchObject({ exitCode: 2, parts: { excerpt: expect.stringContaining('no batches') } })
})

test('an SLO that no camera meets is refused with the setting named', async () => {
  const measurements = measured([...closed, cameras(2)])
  const impossible = { ...question, slo: { latencyMs: 20, percentile: 99 } }
  await expect(sizeRun(impossible, { ...run, measurements })).rejects.toThrow('no fleet can be planned')
})

test('an empty run is refused', async () => {
  await expect(sizeRun(question, { ...run, measurements: [] })).rejects.toThrow(UserError)
})

test('every column of size.csv is described in the docs', async () => {
  const docs = await readFile(join(packageRoot, 'docs', 'capacity.md'), 'utf8')
  for (const { name } of sizeColumns) expect(docs).toContain(`\`${name}\``)
})

test('text, CSV and page say the same, each figure with its basis', async () => {
  const plan = await sizeRun(
    { ...question, pricePerServerMonth: 250 },
    { ...run, name: '<b>run</b>', measurements: measured([...closed, cameras(4), cameras(8), cameras(40)]) },
  )
  const text = sizeText(plan)
  expect(text).toContain('17 servers carry 100 cameras')
  expect(text).toContain('embedded (simulated)')
  const folder = await mkdtemp(join(tmpdir(), 'framestorm-size-'))
  try {
    await writeSize(plan, folder)
    const rows: Record<string, string>[] = parse(await readFile(join(folder, 'size.csv'), 'utf8'), {
      columns: true,
    })
    expect(rows.find(({ quantity }) => quantity === 'servers, N+1')).toEqual({
      setting: 'server batching 4 (delay 20 ms), 1 worker',
      quantity: 'servers, N+1',
      value: '17',
      unit: 'servers',
      basis: 'measured',
    })
    expect(rows.find(({ quantity }) => quantity === 'cost, N+1')?.['value']).toBe('4250')
    expect(rows.every(({ basis }) => ['measured', 'interpolated', 'simulated'].includes(basis!))).toBe(true)
    const page = await readFile(join(folder, 'size.html'), 'utf8')
    expect(page).toContain('17 servers carry 100 cameras')
    expect(page).toContain('stamp simulated')
    expect(page).not.toContain('<b>run</b>')
  } finally {
    await rm(folder, { recursive: true })
  }
})
