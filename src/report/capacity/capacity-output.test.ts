import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  answerCapacity,
  capacityVersion,
  readCapacityFile,
  writeCapacityFile,
  type CapacityRun,
} from '../../capacity/capacity-run.js'
import { capacityFound } from '../../capacity/search/capacity-found.js'
import type { SearchState } from '../../capacity/search/search-capacity.js'
import type { SustainedVerdict } from '../../capacity/sustained/judge-sustained.js'
import type { ConditionName } from '../../capacity/verdict/conditions.js'
import type { PointVerdict } from '../../capacity/verdict/measure-cameras.js'
import { capacityError, capacityJson } from './capacity-json.js'
import { capacityHtml } from './capacity-page.js'
import { capacityText } from './capacity-text.js'

function verdict(cameras: number, passes: boolean, binding: ConditionName = 'latency'): PointVerdict {
  const decision = passes ? 'pass' : 'fail'
  const seen = passes ? 80 : 120
  return {
    cameras,
    decision,
    binding,
    conditions: [{ name: binding, seen, limit: 100, unit: 'ms', decision }],
    draws: [{ windowS: 3, requests: 1000, requestsOver: passes ? 4 : 200, latencyMs: seen }],
    requests: 1000,
    requestsOver: passes ? 4 : 200,
    latencyMs: seen,
    invalid: [],
    worstCamera: { camera: 2, deliveredShare: 1, overShare: passes ? 0.004 : 0.2 },
    measuredS: 10,
  }
}

function sustained(cameras: number, passes: boolean): SustainedVerdict {
  return {
    cameras,
    decision: passes ? 'pass' : 'fail',
    reason: 'late-share',
    sustained: passes,
    utilisation: { value: 0.75, low: 0.74, high: 0.76 },
    utilisationMax: 1,
    lateShare: { value: 0.002, low: 0.001, high: 0.003 },
    simulatedS: 1800,
  }
}

function capacityRun(passes: (cameras: number) => boolean, binding?: ConditionName): CapacityRun {
  const search: SearchState = {
    step: 1,
    bounds: { lowest: 1, gridFrom: 1, max: 8 },
    predictions: [1, 2, 3, 4, 5, 6, 7, 8].map(passes),
    simulated: true,
    sustained: [1, 2, 3, 4, 5, 6, 7, 8].map((cameras) => sustained(cameras, passes(cameras))),
    verdicts: [1, 2, 3, 4, 5, 6, 7, 8].map((cameras) => verdict(cameras, passes(cameras), binding)),
  }
  return {
    capacityVersion,
    seed: 1,
    pointIds: {},
    settings: [
      {
        setting: 'server batching 4 (delay 50 ms), 1 worker',
        point: {
          id: 1,
          video: { source: 'testsrc', width: 640, height: 480, quality: 3 },
          server: { kind: 'embedded', tauMs: 8, alphaMs: 2, jitter: 0, workers: 1 },
          model: { name: 'm', weights: 'seeded', request: { field: 'f', json: 'object' }, answer: 'none' },
          batching: {
            mode: 'server',
            framesPerRequest: 1,
            serverBatchSize: 4,
            batchSize: 4,
            maxBatchDelayMs: 50,
            encoding: 'raw',
          },
          load: { kind: 'closed', framesInFlight: 1 },
          measure: { warmupMaxS: 1, durationS: 10, repetitions: 3, deadlineMs: 5000 },
        },
        slo: { latencyMs: 100, percentile: 99 },
        fps: 10,
        workers: 1,
        step: 1,
        calibration: { ceilingFps: 66.7, tauMs: 8, alphaMs: 2 },
        search,
        found: capacityFound(search),
      },
    ],
  }
}

/** As the command does: the JSON, or the error that it ends with. */
function jsonOf(run: CapacityRun) {
  const answer = answerCapacity(run)
  if (answer.kind !== 'found') throw capacityError(run, answer)
  return capacityJson('run', run, answer)
}

const twoRegions = (cameras: number) => cameras <= 3 || cameras === 6 || cameras === 7

test.each([
  [[3, 4], true, '2 numbers of cameras were measured (3, 4); the others, up to 8, were simulated.'],
  [[3], true, '1 number of cameras was measured (3); the others, up to 8, were simulated.'],
  [[], true, 'No number of cameras was measured; all, up to 8, were simulated.'],
  [[1, 2, 3, 4, 5, 6, 7, 8], true, '8 numbers of cameras were measured (1, 2, 3, 4, 5, 6, 7, 8).'],
  [
    [3, 4],
    false,
    '2 numbers of cameras were measured (3, 4). The server reported no batch times, so nothing was simulated.',
  ],
  [
    [],
    false,
    'No number of cameras was measured. The server reported no batch times, so nothing was simulated.',
  ],
])('of the numbers %j (simulated: %s) the text says what was measured', (measured, simulated, note) => {
  const run = capacityRun(twoRegions)
  const [setting] = run.settings
  setting!.found!.measured = measured
  setting!.search!.simulated = simulated
  expect(capacityText(run, 'embedded')).toContain(note)
})

test('the JSON has the planning capacity, where it ends, what binds there, and every passing interval', () => {
  expect(jsonOf(capacityRun(twoRegions))).toEqual({
    run: 'run',
    exitCode: 0,
    capacity: {
      cameras: 3,
      failsAt: 4,
      binding: 'latency',
      passing: [
        [1, 3],
        [6, 7],
      ],
      basis: 'measured',
      sustained: true,
      utilisation: { value: 0.75, low: 0.74, high: 0.76 },
    },
    settings: [
      {
        setting: 'server batching 4 (delay 50 ms), 1 worker',
        fps: 10,
        sloMs: 100,
        percentile: 99,
        cameras: 3,
        failsAt: 4,
        binding: 'latency',
        passing: [
          [1, 3],
          [6, 7],
        ],
        basis: 'measured',
        sustained: true,
        utilisation: { value: 0.75, low: 0.74, high: 0.76 },
      },
    ],
  })
})

test('the text says both regions, and that the upper one is no capacity', () => {
  const text = capacityText(capacityRun(twoRegions), 'embedded (simulated)')
  expect(text).toContain('3 cameras at 10 fps within 100 ms (p99)')
  expect(text).toContain('embedded (simulated)')
  expect(text).toContain('6 to 7 cameras. This is no capacity to plan with')
  expect(text).toContain('4 cameras fail: latency of all frames: 120 ms, limit 100 ms')
  expect(text).toContain('8.0 + 2.0·b ms')
  expect(text).toContain('3 cameras use 75 % of the ceiling (74 % to 76 %). Simulated for 30 minutes')
})

test('a number that cannot be sustained is said to be so in plain words, with its share of the ceiling', () => {
  const run = capacityRun((cameras) => cameras <= 3)
  const { search } = run.settings[0]!
  search!.verdicts[3] = verdict(4, true)
  Object.assign(search!.sustained[3]!, {
    reason: 'utilisation',
    utilisation: { value: 1, low: 0.98, high: 1.02 },
  })
  run.settings[0]!.found = capacityFound(search!)
  expect(capacityText(run, 'TorchServe')).toContain(
    '4 cameras cannot be sustained: they use 98 % to 102 % of the ceiling, so the backlog can grow without end. The measured windows passed.',
  )
  expect(jsonOf(run).capacity).toMatchObject({ binding: 'sustained', failsAt: 4 })
})

test('without batch times the answer says that it is not known to be sustained, and why', () => {
  const run = capacityRun((cameras) => cameras <= 3)
  const { search } = run.settings[0]!
  Object.assign(search!.sustained[2]!, { reason: 'no-batches', sustained: false, lateShare: undefined })
  run.settings[0]!.found = capacityFound(search!)
  expect(capacityText(run, 'TorchServe')).toContain('the server reports no batch times')
  expect(jsonOf(run).capacity).toMatchObject({ sustained: false, sustainedReason: 'no-batches' })
})

test('what the budget left open stands in the headline, the notes and the JSON', () => {
  const run = capacityRun((cameras) => cameras <= 5)
  const { search } = run.settings[0]!
  search!.verdicts = [verdict(3, true), verdict(6, false)]
  search!.outOfTime = true
  run.settings[0]!.found = capacityFound(search!)
  const text = capacityText(run, 'TorchServe')
  expect(text).toContain('At least 3 cameras at 10 fps within 100 ms (p99); open: 4 to 5 cameras')
  expect(text).toContain('The time of --budget was up before 4 to 5 cameras were decided.')
  expect(jsonOf(run)).toMatchObject({ exitCode: 0, capacity: { cameras: 3, failsAt: 6, open: [4, 5] } })
  search!.verdicts = []
  run.settings[0]!.found = capacityFound(search!)
  expect(capacityText(run, 'TorchServe')).toContain(
    '5 cameras at 10 fps within 100 ms (p99), by simulation; open: 5 to 6 cameras',
  )
  expect(jsonOf(run).capacity).toMatchObject({ basis: 'simulated', open: [5, 6] })
})

test('if the load generator was saturated the capacity is a lower bound, and the exit code says so', () => {
  const run = capacityRun((cameras) => cameras <= 3, 'generator')
  expect(jsonOf(run).exitCode).toBe(4)
  expect(capacityText(run, 'TorchServe')).toContain('lower bound')
})

test('a capacity above which lateness decides is a lower bound, and both decisions are named', () => {
  const run = capacityRun((cameras) => cameras <= 5, 'lateness')
  for (const one of run.settings[0]!.search!.verdicts)
    if (one.decision === 'fail')
      Object.assign(one, {
        conditions: [{ name: 'lateness', seen: 1, limit: 0, unit: 'reasons', decision: 'fail' }],
        lateness: { measured: 'fail', without: 'pass' },
      })
  const found = capacityFound(run.settings[0]!.search!)
  Object.assign(run.settings[0]!, { found })
  const text = capacityText(run, 'TorchServe').replaceAll(/\s+/g, ' ')
  expect(text).toContain('At least 5 cameras')
  expect(text).toContain(
    "the load generator's lateness decides the result (fail as measured, pass without it)",
  )
  expect(jsonOf(run).exitCode).toBe(4)
})

test('passing numbers above one that could not be measured are not reported as a p99 that comes back', () => {
  const run = capacityRun(twoRegions, 'generator')
  const text = capacityText(run, 'TorchServe')
  expect(text).toContain('At least 3 cameras')
  expect(text).toContain('4 cameras could not be measured in three attempts')
  expect(text).toContain('Above it, 6 to 7 cameras pass by simulation.')
  expect(text).not.toContain('within the SLO again')
})

test('where not even the fewest cameras could be measured, it is the machine that is blamed', () => {
  const nothing = capacityRun(() => false, 'generator')
  expect(() => jsonOf(nothing)).toThrow(
    expect.objectContaining({ message: 'the capacity could not be measured', exitCode: 4 }),
  )
  expect(capacityText(nothing, 'TorchServe')).toContain('INVALID: 1 camera at 10 fps')
})

test('a tuned run says which setting is best and how far simulation was off', async () => {
  const server = {
    mode: 'server',
    framesPerRequest: 1,
    serverBatchSize: 4,
    maxBatchDelayMs: 50,
    workers: 1,
  } as const
  const client = { mode: 'client', framesPerRequest: 4, serverBatchSize: 1, workers: 1 } as const
  const best = { candidate: server, simulatedCameras: 4, measuredCameras: 3 }
  const tuning = {
    ranking: [best, { candidate: client, simulatedCameras: 2 }],
    best,
    simulationErrors: [1 / 3],
  }
  const run = { ...capacityRun(twoRegions), tuning }
  const text = capacityText(run, 'TorchServe')
  expect(text).toContain('server batching, 1 × 4 frames, delay 50 ms, 1 worker, 3 cameras measured')
  expect(text).toContain('simulation was off by +33.3 %')
  expect(jsonOf(run).tuning).toEqual(tuning)
  const about = { scenario: 's', run: 'run', server: 'TorchServe', simulated: false, startedAt: '' }
  expect(await capacityHtml(run, about)).toContain('Which setting?')
})

test('where nothing passes it is a clear error, with what failed', () => {
  const nothing = capacityRun(() => false)
  expect(() => jsonOf(nothing)).toThrow('no number of cameras meets the SLO')
})

test('a setting that calibration showed to be infeasible is the error itself where there is no other', () => {
  const { found: _, ...setting } = capacityRun(() => false).settings[0]!
  const infeasible = { reason: 'slo-below-service-time', fastestMs: 12, sloMs: 9 } as const
  const alone = { ...capacityRun(() => false), settings: [{ ...setting, infeasible }] }
  expect(() => jsonOf(alone)).toThrow('no number of cameras can meet this SLO')
  const beside = { ...alone, settings: [...alone.settings, ...capacityRun(twoRegions).settings] }
  expect(jsonOf(beside).capacity.cameras).toBe(3)
  expect(capacityText(beside, 'TorchServe')).toContain('left out, no number of cameras can meet this SLO')
})

test('the page stamps what is simulated and escapes what it was given', async () => {
  const page = await capacityHtml(capacityRun(twoRegions), {
    scenario: '<script>alert(1)</script>',
    run: 'run',
    server: 'embedded (simulated)',
    simulated: true,
    startedAt: '2026-11-24T06:00:00Z',
  })
  expect(page).toContain('stamp simulated')
  expect(page).toContain('3 cameras at 10 fps within 100 ms (p99)')
  expect(page).not.toContain('<script>alert')
})

test('the capacity file is read as it was written; a run without one has none; a damaged one is refused', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'framestorm-capacity-'))
  try {
    expect(await readCapacityFile(folder)).toBeUndefined()
    await writeCapacityFile(folder, capacityRun(twoRegions))
    expect(await readCapacityFile(folder)).toEqual(JSON.parse(JSON.stringify(capacityRun(twoRegions))))
    const text = await readFile(join(folder, 'capacity.json'), 'utf8')
    await writeFile(join(folder, 'capacity.json'), text.slice(0, 100))
    await expect(readCapacityFile(folder)).rejects.toThrow('the capacity file cannot be read')
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('a capacity file of version 1 is read, with its repetitions as draws', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'framestorm-capacity-'))
  try {
    const run = capacityRun(twoRegions)
    const old = (one: PointVerdict) => ({
      cameras: one.cameras,
      decision: one.decision,
      binding: one.binding,
      worstCamera: one.worstCamera,
      measuredS: 30,
      repetitions: [1, 2].map(() => ({ ...one.draws[0], conditions: one.conditions, invalid: [] })),
    })
    const { basis: _, sustained: __, failure, capacity, ...found } = run.settings[0]!.found!
    const search = {
      step: 1,
      bounds: { lowest: 1, ladderFrom: 2, max: 8 },
      predictions: ['pass'],
      verdicts: [],
    }
    const settings = [
      { ...run.settings[0]!, search, found: { ...found, failure: old(failure!), capacity: old(capacity!) } },
    ]
    await writeFile(join(folder, 'capacity.json'), JSON.stringify({ ...run, capacityVersion: 1, settings }))
    const read = (await readCapacityFile(folder))!
    expect(read.settings[0]!.found).toMatchObject({
      planning: 3,
      basis: 'measured',
      capacity: { draws: [{ windowS: 3 }, { windowS: 3 }], requests: 2000 },
    })
    expect(capacityText(read, 'TorchServe')).toContain(
      '4 cameras fail: latency of all frames: 120 ms, limit 100 ms',
    )
  } finally {
    await rm(folder, { recursive: true })
  }
})
