import { expect, test } from 'vitest'
import type { Point } from '../../scenario/plan/plan.js'
import { analyseSimulated, type Simulated } from '../../analysis/analyse-simulated.test.support.js'
import type { RunAnalysis } from '../../analysis/analyse-run.js'
import { cameraLoad, closedLoad, pointOf } from '../../analysis/simulated-run.test.support.js'
import { Outcome, Phase } from '../../run/record.js'
import { formatVerdict, type VerdictWords } from './verdict.js'

async function analyse(
  ...args: Parameters<typeof analyseSimulated>
): Promise<RunAnalysis & { words: VerdictWords }> {
  const analysis = await analyseSimulated(...args)
  return { ...analysis, words: formatVerdict(analysis) }
}

const closedSweep = [
  pointOf(1, 'server', 1, closedLoad(16)),
  pointOf(2, 'server', 4, closedLoad(16)),
  pointOf(3, 'client', 4, closedLoad(16)),
  pointOf(4, 'server', 8, closedLoad(16)),
  pointOf(5, 'client', 8, closedLoad(16)),
]

/** Answers of client batching come this much later: a server that is slower for it. */
function slowClient(factor: number) {
  return ({ samples: { requests } }: Simulated, { batching }: Point) => {
    if (batching.mode !== 'client') return
    for (let row = 0; row < requests.count; row++) requests.answeredUs[row]! *= factor
  }
}

test('equal modes: no significant difference, and the smallest batch size that is as good', async () => {
  const { verdict, words } = await analyse(closedSweep)
  expect(verdict.answer).toBe('no-difference')
  expect(words.headline).toBe(
    'No significant difference between the batching modes; batch size 8 is best for throughput',
  )
  expect(words.paragraph[0]).toMatch(/^Ceiling with 16 frames in flight: .*no significant difference/)
})

test('a mode that is better beyond the spread wins, with the ratio and its range', async () => {
  const { verdict, words, exitCode } = await analyse(closedSweep, 3, slowClient(1.1))
  expect(verdict.answer).toBe('server')
  expect(verdict.ceiling!.difference!.ratio).toBeCloseTo(1.1, 1)
  expect(words.headline).toBe('Server batching, batch size 8')
  expect(words.paragraph[0]).toMatch(
    /1\.\d\d× \(1\.\d\d–1\.\d\d×\) in favour of server batching\. No batching at \d+\.\d FPS/,
  )
  expect(exitCode).toBe(0)
})

test('where the other mode wins at some batch size, that is said', async () => {
  const { words } = await analyse(closedSweep, 3, (measurement, point) => {
    if (point.batching.batchSize === 8) slowClient(1.15)(measurement, point)
    if (point.id === 2)
      for (let i = 0; i < measurement.samples.requests.count; i++)
        measurement.samples.requests.answeredUs[i]! *= 1.2
  })
  expect(words.paragraph.join(' ')).toMatch(/At batch size 4, client batching is better: 1\.\d\d×/)
})

test('a single repetition does not call differences of a few percent', async () => {
  expect((await analyse(closedSweep, 1, slowClient(1.03))).verdict.answer).toBe('no-difference')
  const { verdict, words } = await analyse(closedSweep, 1, slowClient(1.12))
  expect(verdict.answer).toBe('server')
  expect(words.caveats.join(' ')).toMatch(/Only one repetition/)
})

test('one repetition has no range: neither a figure nor a ratio is given one', async () => {
  const { verdict, words } = await analyse(closedSweep, 1, slowClient(1.12))
  expect(verdict.answer).toBe('server')
  const text = words.paragraph.join(' ')
  expect(text).toMatch(/: 1\.\d\d× in favour of server batching/)
  expect(text).not.toContain('–')
  const cameras = [pointOf(1, 'server', 2, cameraLoad(4)), pointOf(2, 'client', 2, cameraLoad(4))]
  expect((await analyse(cameras, 1)).words.paragraph.join(' ')).not.toContain('–')
})

test('ranges beside a figure from one repetition: the caveat is about that figure only', async () => {
  const { words } = await analyse(closedSweep, 3, ({ record }, { id }) => {
    if (id === 5 && record.repetition > 1) record.loadCpuShare = 0.95
  })
  expect(words.paragraph.join(' ')).toContain('–')
  expect(words.caveats.join(' ')).toMatch(/^Some figures rest on only one repetition: they have no range/)
})

test('a batch size of 1 is called no batching in the headline too', async () => {
  const points = [
    ...closedSweep,
    pointOf(6, 'server', 1, cameraLoad(2)),
    pointOf(7, 'server', 8, cameraLoad(2)),
    pointOf(8, 'client', 8, cameraLoad(2)),
  ]
  const { words } = await analyse(points)
  expect(words.headline).toMatch(
    /^Throughput: batch size 8, either mode \(\d+\.\d FPS\); frame latency with 2 cameras at 5 fps: no batching \(p95 \d+\.\d ms\)$/,
  )
})

test('a closed run says that it knows the ceiling only, a camera run that it does not know it', async () => {
  expect((await analyse(closedSweep, 1)).words.caveats.join(' ')).toMatch(/Closed load only/)
  const cameras = [pointOf(1, 'server', 2, cameraLoad(4)), pointOf(2, 'client', 2, cameraLoad(4))]
  const { words, verdict } = await analyse(cameras)
  expect(words.caveats.join(' ')).toMatch(/Camera load only/)
  expect(verdict.answer).toBe('server')
  expect(verdict.latency!.difference!.range!.low).toBeGreaterThan(1)
})

test('modes that win at different things: it depends', async () => {
  const points = [
    ...closedSweep,
    pointOf(6, 'server', 2, cameraLoad(4)),
    pointOf(7, 'client', 2, cameraLoad(4)),
  ]
  const { words } = await analyse(points, 3, (measurement, point) => {
    if (point.load.kind === 'closed' && point.batching.mode === 'server' && point.batching.batchSize > 1)
      for (let i = 0; i < measurement.samples.requests.count; i++)
        measurement.samples.requests.answeredUs[i]! *= 1.1
  })
  expect(words.headline).toBe(
    'It depends: client batching 8 has the higher ceiling, server batching 2 the lower frame latency',
  )
})

test('one mode alone decides nothing', async () => {
  const { verdict, words } = await analyse([pointOf(1, 'server', 4, closedLoad(16))])
  expect(verdict.answer).toBe('undecided')
  expect(words.headline).toMatch(/^Ceiling: server batching 4, 3\d\.\d FPS$/)
  expect(words.caveats.join(' ')).toMatch(/Only one batching mode/)
  const several = await analyse([
    pointOf(1, 'server', 2, closedLoad(16)),
    pointOf(2, 'server', 4, closedLoad(16)),
  ])
  expect(several.words.headline).toMatch(/^Highest ceiling measured: server batching 4, 3\d\.\d FPS$/)
})

test('a mode that has nothing but the batch of one that both share was not measured', async () => {
  const { verdict, words } = await analyse([
    pointOf(1, 'server', 1, closedLoad(16)),
    pointOf(2, 'server', 4, closedLoad(16)),
  ])
  expect(verdict.answer).toBe('undecided')
  expect(words.headline).toMatch(/^Highest ceiling measured: server batching 4/)
})

test('a run that ended early says how much of it there is', async () => {
  const { words } = await analyse(closedSweep, 1, ({ record }, { id }) => {
    record.complete = id < 4
  })
  expect(words.caveats[0]).toBe('The run is incomplete: 3 of 5 measurements.')
})

test('a mode that is overloaded at every batch size loses to one that carries the load', async () => {
  const points = [pointOf(1, 'server', 8, cameraLoad(8)), pointOf(2, 'client', 2, cameraLoad(8))]
  const { verdict, words } = await analyse(points)
  expect(verdict.answer).toBe('server')
  expect(words.paragraph.join(' ')).toContain('client batching was overloaded at every batch size')
})

test('a batch of one belongs to both modes: where it is best there is nothing between them', async () => {
  const points = [
    pointOf(1, 'server', 1, cameraLoad(2)),
    pointOf(2, 'server', 4, cameraLoad(2)),
    pointOf(3, 'client', 4, cameraLoad(2)),
  ]
  const { verdict, words } = await analyse(points)
  expect(verdict.latency!.modes.map(({ point }) => point)).toEqual([1, 1])
  expect(verdict.answer).toBe('no-difference')
  expect(words.paragraph.join(' ')).toContain('no batch size of either mode was better')
})

test('with one batch size measured no batch size is best', async () => {
  const both = await analyse([
    pointOf(1, 'server', 8, closedLoad(16)),
    pointOf(2, 'client', 8, closedLoad(16)),
  ])
  expect(both.words.headline).toBe('No significant difference between the batching modes at batch size 8')
  const none = await analyse([
    pointOf(1, 'server', 1, closedLoad(16)),
    pointOf(2, 'server', 1, closedLoad(8)),
  ])
  expect(none.verdict.answer).toBe('undecided')
  expect(none.words.headline).toMatch(/^Highest ceiling measured: no batching, \d/)
  expect(none.words.caveats.join(' ')).toContain('At batch size 1 the modes do not differ.')
})

test('modes are not compared if all batches of the only mode were overloaded', async () => {
  const { verdict } = await analyse([
    pointOf(1, 'server', 1, cameraLoad(2)),
    pointOf(2, 'client', 2, cameraLoad(8)),
  ])
  expect(verdict.answer).toBe('undecided')
})

test('if every camera load overloads the server, the headline says so, and not that too few were answered', async () => {
  const { words } = await analyse([pointOf(2, 'client', 2, cameraLoad(8))])
  expect(words.headline).toContain('Overloaded: the server did not carry any of the measured camera loads')
})

/** The server answers three requests of four with an error. */
const failAt =
  (...ids: number[]) =>
  ({ record, samples: { requests, frames } }: Simulated, { id }: Point) => {
    if (!ids.includes(id)) return
    for (let row = 0; row < requests.count; row++)
      if (row % 4 > 0) requests.outcome[row] = Outcome['http-error']
    let failed = 0
    for (let row = 0; row < requests.count; row++)
      if (requests.phase[row] === Phase.measured && row % 4 > 0) failed += requests.frames[row]!
    for (let i = 0; i < frames.count; i++)
      frames.outcome[i] = requests.outcome[frames.requestRow[i]!] ?? frames.outcome[i]!
    record.failures = [
      {
        outcome: 'http-error',
        status: 503,
        message: 'InternalServerException: number of batch response mismatched',
        requests: failed,
        frames: failed,
      },
    ]
  }

test('a point whose frames fail has no ceiling, however fast it answers, and the exit code is 1', async () => {
  const { verdict, words, exitCode, points } = await analyse(closedSweep, 3, failAt(4, 5))
  expect(points.map(({ outcome }) => outcome)).toEqual([
    undefined,
    undefined,
    undefined,
    'failing',
    'failing',
  ])
  expect(verdict.ceiling?.points).toEqual([1, 2, 3])
  expect(words.headline).toMatch(/; server batching 8 \(point 4\) and client batching 8 \(point 5\) failed$/)
  expect(words.headline).toMatch(/^No significant difference.*batch size 4 is best for throughput;/)
  expect(words.caveats.join(' ')).toMatch(
    /Server batching 8 \(point 4\) and client batching 8 \(point 5\) are not compared, because 7\d\.\d % of the frames failed\. See failures\.csv\./,
  )
  expect(exitCode).toBe(1)
})

test('one mode beside a failing point: the failing point is named, and no advice to measure it', async () => {
  const { words } = await analyse(closedSweep.slice(0, 2), 3, failAt(2))
  expect(words.headline).toMatch(
    /^Ceiling: no batching, \d+\.\d FPS; server batching 4, 16 frames in flight \(point 2\) failed$/,
  )
  expect(words.caveats.join(' ')).not.toMatch(/Measure both modes|Only one batching mode/)
})

test('wrong answers at any point are in the headline, and end with exit code 4', async () => {
  const mixUp =
    (id: number) =>
    ({ samples: { requests } }: Simulated, point: Point) => {
      if (point.id === id) requests.answerDeviation.fill(1)
    }
  const elsewhere = await analyse(closedSweep, 3, mixUp(1))
  expect(elsewhere.words.headline).toMatch(
    /^No significant .*; no batching, 16 frames in flight \(point 1\) gave wrong answers$/,
  )
  expect(elsewhere.exitCode).toBe(4)
})

test('if every point fails, the headline says so, and why', async () => {
  const { words, exitCode } = await analyse(closedSweep, 3, failAt(1, 2, 3, 4, 5))
  expect(words.headline).toMatch(
    /^Every point failed: 7\d\.\d % of the frames, most often: status 503 InternalServerException: number of batch response mismatched$/,
  )
  expect(words.paragraph).toEqual([])
  expect(exitCode).toBe(1)
})

test('a failing point that is INVALID too ends with 4 only if the headline is about it', async () => {
  const failing = failAt(4, 5)
  const spoil: typeof failing = (measurement, point) => {
    failing(measurement, point)
    if (point.id === 4) measurement.record.loadCpuShare = 0.95
  }
  expect((await analyse(closedSweep, 3, spoil)).exitCode).toBe(1)
  const failingOnly: typeof failing = (measurement, point) => {
    failAt(4)(measurement, point)
    measurement.record.loadCpuShare = 0.95
  }
  expect((await analyse(closedSweep.slice(3, 4), 3, failingOnly)).exitCode).toBe(4)
})

const saturate =
  (id: number) =>
  ({ record }: Simulated, point: Point) => {
    if (point.id === id) record.loadCpuShare = 0.95
  }

test('an answer that rests on an INVALID point ends with exit code 4, and another point does not matter', async () => {
  const invalid = await analyse(closedSweep, 3, saturate(4))
  expect(invalid.exitCode).toBe(4)
  expect(invalid.words.headline).toMatch(/^INVALID: No significant difference/)
  expect(invalid.words.caveats[0]).toMatch(
    /rests on INVALID measurements: server batching 8, 16 frames in flight \(point 4\)/,
  )
  expect((await analyse(closedSweep, 3, saturate(1))).exitCode).toBe(0)
})

test('a load with another best batching is named with the settings that it was measured at', async () => {
  const at = (workers: number, id: number, batchSize: number) => {
    const point = pointOf(id, 'server', batchSize, cameraLoad(2))
    return { ...point, server: { ...point.server, workers } }
  }
  const points = [at(1, 1, 1), at(1, 2, 8), at(4, 3, 8)]
  const { paragraph } = formatVerdict(await analyseSimulated(points, 3))
  expect(paragraph.join(' ')).toMatch(
    /has the lowest frame latency with 2 cameras at \d+ fps \(server\.workers \d\)\./,
  )
})

test('where the run sweeps the server too, only points with the same one are compared, and it is named', async () => {
  const workers = (count: number): Partial<Point> => ({ server: { kind: 'torchserve', workers: count } })
  const points = [1, 2].flatMap((count) => [
    pointOf(10 * count + 1, 'server', 4, closedLoad(16), workers(count)),
    pointOf(10 * count + 2, 'client', 4, closedLoad(16), workers(count)),
  ])
  const { verdict, words } = await analyse(points, 3, ({ samples: { requests } }, { id }) => {
    if (id < 20) for (let row = 0; row < requests.count; row++) requests.answeredUs[row]! *= 1.2
  })
  expect(verdict.ceiling!.points).toEqual([21, 22])
  expect(words.paragraph[0]).toMatch(/^Ceiling with 16 frames in flight \(server.workers 2\): /)
})

/** Other programs use this share of the machine at these points, in these repetitions. */
const disturb =
  (share: number, ids: number[], repetitions = [1, 2, 3]) =>
  ({ record }: Simulated, { id }: Point) => {
    const isDisturbed = ids.includes(id) && repetitions.includes(record.repetition)
    record.observations = { ...record.observations, otherCpuShare: isDisturbed ? share : 0.01 }
  }

test('a run that other programs disturbed says so in place of its answer, which follows as measured', async () => {
  const { verdict, words, exitCode } = await analyse(closedSweep, 3, disturb(0.32, [2, 4]))
  expect(words.headline).toBe(
    'Not reliable: other programs used up to 32 % of the machine in 2 of 5 points. Close them and run again.',
  )
  expect(words.paragraph[0]).toMatch(/^As measured: No significant difference/)
  expect(verdict.disturbance).toEqual({ points: [2, 4], of: 5, otherCpuShare: 0.32 })
  expect(exitCode).toBe(0)
})

test('one disturbed repetition of three, and use below the limit, disturb no run', async () => {
  expect((await analyse(closedSweep, 3, disturb(0.32, [4], [2]))).verdict.disturbance).toBeUndefined()
  expect((await analyse(closedSweep, 3, disturb(0.09, [4]))).verdict.disturbance).toBeUndefined()
})

test('a disturbed run still names what failed', async () => {
  const { words } = await analyse(closedSweep, 3, (measurement, point) => {
    failAt(5)(measurement, point)
    disturb(0.5, [1])(measurement, point)
  })
  expect(words.headline).toMatch(
    /^Not reliable: .* in 1 of 5 points; client batching 8, 16 frames in flight \(point 5\) failed\. Close them/,
  )
})

test('an INVALID point that the answer does not rest on is named in the headline', async () => {
  const { words } = await analyse(closedSweep, 3, saturate(1))
  expect(words.headline).toMatch(/; no batching, 16 frames in flight \(point 1\) is INVALID$/)
  expect(words.caveats.join(' ')).toContain('is INVALID, so other points may look better or worse')
})

/** All but the first few requests of the window are gone. */
const keepFew =
  (kept: number, ...ids: number[]) =>
  ({ samples: { requests } }: Simulated, { id }: Point) => {
    if (!ids.includes(id)) return
    let seen = 0
    for (let row = 0; row < requests.count; row++)
      if (requests.phase[row] === Phase.measured && ++seen > kept) requests.outcome[row] = Outcome.aborted
  }

test('a point of a handful of requests is not compared, whatever its FPS', async () => {
  const { verdict, words } = await analyse(closedSweep, 1, keepFew(5, 4))
  expect(verdict.ceiling!.tooFew).toEqual([4])
  expect(verdict.ceiling!.modes.map(({ point }) => point)).not.toContain(4)
  expect(words.caveats.join(' ')).toContain(
    'Server batching 8, 16 frames in flight (point 4) is not compared, because too few requests were answered.',
  )
})

test('a few batches do not show a difference: two of them more or less are counting', async () => {
  const few = (measurement: Simulated, point: Point) => {
    slowClient(1.12)(measurement, point)
    keepFew(24, 4)(measurement, point)
    keepFew(3, 5)(measurement, point)
  }
  const eight = closedSweep.slice(3)
  expect((await analyse(eight, 3, slowClient(1.12))).verdict.answer).toBe('server')
  const { verdict } = await analyse(eight, 3, few)
  // 3 × 3 requests of 8 frames: two batches are 22 % of them.
  expect(verdict.ceiling!.difference!.threshold).toBeGreaterThan(0.2)
})

/** No request is answered before its deadline. */
const timeOut =
  (...ids: number[]) =>
  ({ samples: { requests } }: Simulated, { id }: Point) => {
    if (ids.includes(id)) requests.outcome.fill(Outcome.timeout)
  }

test('a closed point whose frames time out is no ceiling and heads no verdict', async () => {
  const alone = await analyse(closedSweep.slice(3, 4), 1, timeOut(4))
  expect(alone.words.headline).toMatch(/^Every point failed: 100\.0 % of the frames/)
  const { verdict, words } = await analyse(closedSweep, 3, timeOut(4, 5))
  expect(verdict.ceiling!.points).toEqual([1, 2, 3])
  expect(words.headline).toMatch(/; server batching 8 \(point 4\) and client batching 8 \(point 5\) failed$/)
})

test('meeting the SLO needs as many requests as its percentile does', async () => {
  const slo = { latencyMs: 1000, percentile: 95 }
  const points = [
    pointOf(1, 'server', 4, cameraLoad(2), { slo }),
    pointOf(2, 'client', 4, cameraLoad(2), { slo }),
  ]
  const { verdict, words } = await analyse(points, 1)
  expect(verdict.byCameras[0]!.carriedBy).toEqual(['server'])
  expect(verdict.tooFewForSlo).toEqual([2])
  expect(words.paragraph.join(' ')).toMatch(
    /server batching carried 2 cameras at 5 fps \(p95 within 1000 ms\)\. Point 2 answered fewer than the 72 requests that show p95 within 1000 ms\./,
  )
})
