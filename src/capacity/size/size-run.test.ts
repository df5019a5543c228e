import { expect, test } from 'vitest'
import { UserError } from '../../system/user-error.js'
import { capacitySettings } from '../capacity-setting.js'
import { measureCapacity } from '../live/measure-capacity.js'
import { label, summarised, virtualMeasurement } from '../live/virtual-server.test.support.js'
import type { PhasedMeasurement } from '../simulator/fit-server.js'
import { cameras, closed, measured, pointOf, question, run, server } from './measured-run.test.support.js'
import { sizeRun } from './size-run.js'

/** Without batch times nothing is simulated, where only measured figures matter. */
const withoutLog = { ...server, logs: false }

test('camera runs at the rate in question are judged again: the largest number below the first failure', async () => {
  const measurements = measured([cameras(4), cameras(8), cameras(40)], withoutLog)
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

/** Long windows, all batch sizes and many batches, at another rate. Simulated once for two tests. */
let simulated: ReturnType<typeof sizeRun> | undefined
function simulatedPlan() {
  return (simulated ??= sizeRun(
    { ...question, fps: 10 },
    { ...run, measurements: measured([...closed, cameras(4)]) },
  ))
}

test('a rate that was not measured is simulated with the service times of the run, and said to be', async () => {
  const { settings } = await simulatedPlan()
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

test('each protocol is sized with the service times that were measured over it', async () => {
  const overGrpc = (measurement: PhasedMeasurement): PhasedMeasurement => {
    const { point } = measurement
    return { ...measurement, point: { ...point, batching: { ...point.batching, protocol: 'grpc' } } }
  }
  const slower = measured([...closed, cameras(1)], { ...server, tauMs: 40, alphaMs: 20 }).map(overGrpc)
  const measurements = [...measured([...closed, cameras(1)]), ...slower]
  const { settings } = await sizeRun({ ...question, fps: 10 }, { ...run, measurements })
  const [http, grpc] = settings.map(({ capacity }) => capacity.cameras)
  // 4 frames take 60 ms over HTTP and 120 ms over gRPC: 66 and 33 frames a second at most.
  expect([http, grpc]).toEqual([
    expect.toSatisfy((n) => n >= 4 && n <= 6),
    expect.toSatisfy((n) => n >= 1 && n <= 3),
  ])
})

test('a plan from one repetition of four seconds is a rough estimate, with the command that gives a sound one', async () => {
  const measurements = measured([closed[3]!, cameras(4, 5, 2)], server, {
    durationS: 4,
    repetitions: 1,
  })
  const scenario = {
    file: 'scenarios/quickstart.yaml',
    overrides: ['--server embedded', '--set slo.latencyMs=9'],
  }
  const plan = await sizeRun({ ...question, fps: 10 }, { ...run, measurements, scenario })
  const { estimate, capacity, sensitivity } = plan.settings[0]!
  expect(estimate).toBe('rough')
  expect(capacity.weaknesses).toMatchObject([
    { kind: 'short-windows', windowS: 4, neededS: 10 },
    { kind: 'few-batches', needed: 368, percentile: 99 },
    { kind: 'few-batch-sizes', needed: 3, fullBatch: 4 },
  ])
  expect(sensitivity.every((row) => row.estimate === 'rough')).toBe(true)
  expect(plan.soundCommand).toBe(
    'framestorm capacity scenarios/quickstart.yaml --server embedded ' +
      `--set 'load={"kind":"cameras","cameras":1,"fps":10,"camerasPerClient":2}' ` +
      `--set 'slo={"latencyMs":200,"percentile":99}'`,
  )
})

test('a plan from long windows, all batch sizes and many batches is sound, and needs no other command', async () => {
  const { settings, soundCommand } = await simulatedPlan()
  expect(settings[0]).toMatchObject({ estimate: 'sound', capacity: { weaknesses: [] } })
  expect(soundCommand).toBeUndefined()
})

test('cameras that passed in windows of four seconds make a rough estimate, however many requests they sent', async () => {
  const fast = { ...server, tauMs: 1, alphaMs: 0.2, logs: false }
  const measurements = measured([cameras(40)], fast, { durationS: 4, repetitions: 3 })
  const { capacity } = (await sizeRun(question, { ...run, measurements })).settings[0]!
  expect(capacity).toMatchObject({
    basis: 'measured',
    cameras: 40,
    weaknesses: [{ kind: 'short-windows', windowS: 4, neededS: 10 }],
  })
})

test('between two searched rates the capacity is interpolated', async () => {
  const settings = [2, 6].flatMap((fps) =>
    capacitySettings([pointOf(fps, cameras(1, fps))], 'scenario.yaml', label),
  )
  const all: PhasedMeasurement[] = []
  const capacity = await measureCapacity({
    settings,
    seed: 1,
    async measure(point, planned) {
      const input = virtualMeasurement(server, point, planned)
      const { batches: _, ...withoutBatches } = input
      if (point.load.kind === 'closed') all.push({ ...withoutBatches, phaseSeed: planned.phaseSeed })
      return summarised(input)
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
  const measurements = measured([cameras(4)], withoutLog)
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
