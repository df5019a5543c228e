import type { Subject } from '../../run/manifest.js'
import { expect, test } from 'vitest'
import { UserError } from '../../system/user-error.js'
import type { AnswerShape, Point } from '../../scenario/plan/plan.js'
import type { PointSummary } from '../../analysis/point-summary.js'
import type { RunAnalysis } from '../../analysis/analyse-run.js'
import { cameraLoad } from '../../analysis/simulated-run.test.support.js'
import { frameCounts, measurementSummary, pointSummary } from '../../analysis/summaries.test.support.js'
import { evaluateThresholds } from '../../analysis/thresholds.js'
import { explainFailure } from '../../server/explain-failure.js'
import { parseThreshold } from '../../scenario/grammar/threshold.js'
import { gatedMetric } from '../gated-metric.js'
import { requireBaselineQuality } from './stored-gate.js'
import { gateStoredRuns, type StoredGate } from './gate-stored-runs.js'

const video = {
  source: 'clip.mp4',
  frames: 375,
  width: 640,
  height: 480,
  jpegBytesMean: 41_000,
  hash: 'f00d',
}
const subject: Subject = {
  server: { kind: 'torchserve', label: 'TorchServe 0.12.0', details: {} },
  model: { name: 'resnet-18', weights: 'seeded' },
  video,
}

const point: Point = {
  id: 1,
  video: { source: '/a/clip.mp4', width: 640, height: 480, quality: 3 },
  server: { kind: 'torchserve', workers: 1 },
  model: { name: 'resnet-18', weights: 'seeded', request: { field: 'f{i}', json: 'object' }, answer: 'none' },
  batching: {
    mode: 'server',
    framesPerRequest: 1,
    serverBatchSize: 4,
    batchSize: 4,
    maxBatchDelayMs: 50,
    encoding: 'raw',
  },
  load: { kind: 'closed', framesInFlight: 8 },
  measure: { warmupMaxS: 2, durationS: 10, repetitions: 3, deadlineMs: 5000 },
}

function percentile(value: number) {
  return { value, low: value, high: value }
}

function latency(p50Ms: number) {
  return { samples: 1000, independent: 1000, p50: percentile(p50Ms), p99: percentile(1.4 * p50Ms) }
}

function analysis(
  run: string,
  fps: number,
  {
    failed = 0,
    changes = {},
    points = {},
  }: { failed?: number; changes?: Partial<RunAnalysis>; points?: Partial<PointSummary> } = {},
): RunAnalysis {
  const measurements = [0.99, 1, 1.01].map((factor, i) =>
    measurementSummary({
      repetition: i + 1,
      fps: fps * factor,
      counts: frameCounts(1000, failed),
      requestLatency: latency(8000 / (fps * factor)),
    }),
  )
  const summary = pointSummary(point, {
    fps: { median: fps, min: fps * 0.99, max: fps * 1.01, repetitions: 3 },
    counts: frameCounts(3000, 3 * failed),
    requestLatency: latency(8000 / fps),
    ...points,
  })
  return {
    run,
    framestormVersion: '1.0.0',
    seed: 1,
    confirming: [],
    encodingCosts: [],
    serviceTimes: [],
    verdict: {
      answer: 'undecided',
      bySize: [],
      byCameras: [],
      tooFewForSlo: [],
      fewestRepetitions: 3,
      invalidPoints: [],
      wrongAnswers: [],
      validity: 'VALID',
      caveats: [],
    },
    thresholds: [],
    exitCode: 0,
    status: 'complete',
    startedAt: '2026-01-01T00:00:00.000Z',
    scenario: { name: 'night', text: '', hash: 'abc' },
    environment: { os: 'linux 6.1', cpu: 'Some CPU', cores: '2', memory: '8.4 GB', node: '20.20.0' },
    subjects: [subject],
    plan: { points: [point], order: [], impossible: [], merged: [], seed: 1, expectedS: 30 },
    measurements,
    points: [summary],
    ...changes,
  }
}

function gate(candidate: RunAnalysis, more: Partial<StoredGate> = {}) {
  const baselines = [analysis('monday', 40)]
  return gateStoredRuns({ candidate, baselines, inconclusive: 'exit-5', ...more })
}

function refusalOf(candidate: RunAnalysis, more: Partial<StoredGate> = {}) {
  try {
    gate(candidate, more)
  } catch (error) {
    if (error instanceof UserError) {
      const { received, remedy } = error.parts
      return { message: error.message, exitCode: error.exitCode, received, remedy }
    }
    throw error
  }
  throw new Error('the runs were compared')
}

test('a run like the stored one passes and says how little a single run can show', () => {
  const result = gate(analysis('tuesday', 39.5))
  expect(result).toMatchObject({ verdict: 'PASS', exitCode: 0, kind: 'stored', scenario: 'night' })
  expect(result.metrics.map(({ metric }) => metric.name)).toEqual([
    'fps',
    'requestLatencyP50Ms',
    'requestLatencyP99Ms',
    'errorRate',
  ])
  expect(result.notes.join()).toContain('compared with 1 stored run')
})

test('a point that the candidate left out fails, and one that the baseline left out too does not', () => {
  const leftOut = [{ point: 1, message: 'the server rejected the first request', received: 'status 413' }]
  const without = { points: [], measurements: [], leftOut }
  const candidate = { ...analysis('tuesday', 40), ...without }
  const { metrics, verdict } = gate(candidate)
  expect(verdict).toBe('FAIL')
  expect(metrics[0]).toMatchObject({
    verdict: 'FAIL',
    reason: 'the candidate left out point 1: the server rejected the first request',
  })
  const baselines = [{ ...analysis('monday', 40), ...without }]
  expect(gate(candidate, { baselines }).verdict).toBe('INCONCLUSIVE')
})

test('half the throughput fails, and names the metrics and the point', () => {
  const result = gate(analysis('tuesday', 20))
  expect(result).toMatchObject({ verdict: 'FAIL', exitCode: 1 })
  expect(result.metrics[0]).toMatchObject({
    verdict: 'FAIL',
    point: { id: 1 },
  })
})

test('new errors fail', () => {
  expect(gate(analysis('tuesday', 40, { failed: 5 })).metrics.at(-1)).toMatchObject({ verdict: 'FAIL' })
})

test('what failed is named for the baselines too', () => {
  const failure = {
    outcome: 'http-error',
    status: 503,
    message: 'Prediction failed',
    requests: 300,
    frames: 300,
  } as const
  const failures = [{ ...failure, share: 0.1, ...explainFailure(failure) }]
  const failing = analysis('monday', 40, { failed: 100, points: { failures } })
  const { notes } = gateStoredRuns({
    candidate: analysis('tuesday', 40),
    baselines: [failing],
    inconclusive: 'exit-5',
  })
  expect(notes).toContainEqual(
    expect.stringMatching(/^baseline monday: 10\.0 % of the frames failed: status 503 Prediction failed\. /),
  )
})

test('what is in between is inconclusive, with the exit code that --inconclusive sets', () => {
  expect(gate(analysis('tuesday', 36))).toMatchObject({ verdict: 'INCONCLUSIVE', exitCode: 5 })
  expect(gate(analysis('tuesday', 36), { inconclusive: 'fail' }).exitCode).toBe(1)
  expect(gate(analysis('tuesday', 36), { inconclusive: 'pass' }).exitCode).toBe(0)
})

test.each<[string, Partial<RunAnalysis>]>([
  [
    'server kind: torchserve in the baseline, embedded',
    { subjects: [{ ...subject, server: { kind: 'embedded', label: 'embedded', details: {} } }] },
  ],
  [
    'weights: seeded in the baseline, pretrained',
    { subjects: [{ ...subject, model: { name: 'resnet-18', weights: 'pretrained' } }] },
  ],
  [
    'model: resnet-18 in the baseline, yolo',
    { subjects: [{ ...subject, model: { name: 'yolo', weights: 'seeded' } }] },
  ],
  [
    'clip: 375 frames, f00d in the baseline, 375 frames, beef',
    {
      subjects: [{ ...subject, video: { ...video, hash: 'beef' } }],
    },
  ],
  [
    'point 1, framesInFlight: 8 in the baseline, 16',
    {
      plan: {
        ...analysis('x', 1).plan,
        points: [{ ...point, load: { kind: 'closed', framesInFlight: 16 } }],
      },
    },
  ],
  [
    'point 1: measure, slo, video or model settings differ',
    {
      plan: {
        ...analysis('x', 1).plan,
        points: [{ ...point, measure: { ...point.measure, durationS: 60 } }],
      },
    },
  ],
])('is refused: %s', (difference, changes) => {
  expect(refusalOf(analysis('tuesday', 40, { changes }))).toMatchObject({
    message: 'run tuesday cannot be compared with monday',
    exitCode: 2,
    received: expect.stringContaining(difference),
  })
})

test('another ceiling gave other numbers of cameras: the remedy measures with those of the baseline', () => {
  const load = { ...cameraLoad(6), ofCeiling: 0.8 }
  const { cameras: _, ...ofCeiling } = load
  const run = (name: string, cameras: number, changes: Partial<RunAnalysis> = {}) => {
    const { plan } = analysis(name, 40)
    return analysis(name, 40, {
      changes: {
        plan: {
          ...plan,
          points: [{ ...point, load: cameraLoad(cameras) }],
          ofCeiling: [{ ...point, load: ofCeiling, ceiling: { point: 1, fps: 40 } }],
        },
        ...changes,
      },
    })
  }
  const baselines = [run('monday', 6)]
  expect(refusalOf(run('tuesday', 7), { baselines })).toMatchObject({
    received: 'point 1, cameras: 6 in the baseline, 7 in the candidate',
    remedy:
      'Measure the candidate with the numbers of cameras of the baseline: add `--cameras-of` with the folder of monday to bench.',
  })
  // The numbers of cameras do not make a run with another clip comparable.
  const otherClip = { subjects: [{ ...subject, video: { ...video, hash: 'beef' } }] }
  expect(refusalOf(run('tuesday', 7, otherClip), { baselines }).remedy).toMatch(
    /^Compare runs of one scenario/,
  )
})

test('other servers of one kind and more repetitions are compared: that is what a gate is for', () => {
  const plan = {
    ...analysis('x', 1).plan,
    points: [
      {
        ...point,
        server: { kind: 'torchserve' as const, workers: 1, handler: '/new.py' },
        measure: { ...point.measure, repetitions: 8 },
      },
    ],
  }
  expect(gate(analysis('tuesday', 40, { changes: { plan } })).verdict).toBe('PASS')
})

/** A run of client batching with these answers, learned as `shape` if so. */
function clientRun(run: string, answer: Point['model']['answer'], shape?: AnswerShape): RunAnalysis {
  const batching = { ...point.batching, mode: 'client' as const, framesPerRequest: 4, serverBatchSize: 1 }
  const points = [{ ...point, batching, model: { ...point.model, answer } }]
  const answerReference = { state: 'off' as const, reason: 'too similar', shape }
  return analysis(run, 40, {
    changes: {
      plan: { ...analysis('x', 1).plan, points },
      subjects: [{ ...subject, ...(shape !== undefined && { answerReference }) }],
    },
  })
}

test('answers that were learned as a list are the default of the runs before', () => {
  const baselines = [clientRun('monday', { list: '' })]
  expect(gate(clientRun('tuesday', 'auto', { list: '' }), { baselines }).verdict).toBe('PASS')
  expect(gate(clientRun('tuesday', 'auto'), { baselines }).verdict).toBe('PASS')
  for (const shape of [{ perRequest: true as const }, { list: '/predictions' }])
    expect(() => gate(clientRun('tuesday', 'auto', shape), { baselines })).toThrow('cannot be compared')
  expect(() => gate(clientRun('tuesday', 'none'), { baselines })).toThrow('cannot be compared')
})

test('how the answers to single frames were learned makes no difference', () => {
  const withAnswer = (run: string, answer: Point['model']['answer']) =>
    analysis(run, 40, {
      changes: {
        plan: { ...analysis('x', 1).plan, points: [{ ...point, model: { ...point.model, answer } }] },
      },
    })
  const baselines = [withAnswer('monday', { list: '' })]
  expect(gate(withAnswer('tuesday', 'auto'), { baselines }).verdict).toBe('PASS')
})

test('another machine is a note and a floor of 25 %', () => {
  const environment = { os: 'linux 6.1', cpu: 'Other CPU', cores: '4', memory: '8.4 GB', node: '20.20.0' }
  const result = gate(analysis('tuesday', 33, { changes: { environment } }))
  expect(result.verdict).toBe('PASS')
  expect(result.metrics[0]!.floor).toBeCloseTo(-Math.log(0.75), 9)
  expect(result.notes.join()).toContain('cpu: Some CPU in the baseline, Other CPU in the candidate')
})

test('an INVALID point makes the whole gate INVALID, whatever its figures', () => {
  const points: Partial<PointSummary> = {
    validity: 'INVALID',
    findings: [
      {
        severity: 'invalid',
        name: 'client-saturated',
        symptom: 'the client used 97 % of a core',
        cause: '',
        remedy: '',
        repetitions: [1],
      },
    ],
  }
  const result = gate(analysis('tuesday', 20, { points }))
  expect(result).toMatchObject({ verdict: 'INVALID', exitCode: 4 })
  expect(result.notes[0]).toContain('the client used 97 % of a core')
})

test('a run that was cut short is not trusted either', () => {
  const result = gate(analysis('tuesday', 40, { changes: { status: 'interrupted' } }))
  expect(result).toMatchObject({
    verdict: 'INVALID',
    notes: ['run tuesday is not complete (interrupted)', expect.anything()],
  })
})

test('a tail that has too few requests is inconclusive and says how long to measure', () => {
  const short = { samples: 60, independent: 60, p50: { value: 200, low: 190, high: 210 } }
  const candidate = analysis('tuesday', 40, { points: { requestLatency: short } })
  for (const each of candidate.measurements) each.requestLatency = { ...short, samples: 20, independent: 20 }
  const tail = gate(candidate).metrics.find(({ metric }) => metric.name === 'requestLatencyP99Ms')
  expect(tail).toMatchObject({ verdict: 'INCONCLUSIVE' })
  expect(tail!.reason).toContain('a p99 needs 368 requests, found 60; set measure.durationS to 68')
})

test('thresholds of the scenario are held against the candidate', () => {
  const candidate = analysis('tuesday', 40)
  candidate.thresholds = evaluateThresholds(
    ['fps >= 30', 'fps >= 45'].map((text) => parseThreshold(text)),
    candidate.points,
  )
  const result = gate(candidate)
  expect(result.thresholds.map(({ verdict }) => verdict)).toEqual(['PASS', 'FAIL'])
  expect(result.verdict).toBe('FAIL')
})

test('a metric of stored runs that lateness decides is INVALID, on whichever side the requests were late', () => {
  const frameLatency = (p50Ms: number) => ({
    samples: 3000,
    independent: 3000,
    p50: { value: p50Ms, low: p50Ms, high: p50Ms },
  })
  const run = (name: string, measuredMs: number, punctualMs: number) =>
    analysis(name, 40, {
      points: {
        frameLatency: frameLatency(measuredMs),
        withoutLateness: { frameLatency: frameLatency(punctualMs) },
      },
    })
  const metrics = [gatedMetric('frameLatencyP50Ms')]
  const verdictOf = (candidate: RunAnalysis, baseline: RunAnalysis) =>
    gate(candidate, { baselines: [baseline], metrics })
  const late = verdictOf(run('tuesday', 150, 103), run('monday', 100, 100))
  expect(late).toMatchObject({
    verdict: 'INVALID',
    exitCode: 4,
    metrics: [{ verdict: 'INVALID', verdictAsMeasured: 'FAIL', withoutLateness: { verdict: 'PASS' } }],
  })
  expect(verdictOf(run('tuesday', 150, 150), run('monday', 149, 100)).metrics[0]).toMatchObject({
    verdictAsMeasured: 'PASS',
    withoutLateness: { verdict: 'FAIL' },
  })
  expect(verdictOf(run('tuesday', 104, 103), run('monday', 100, 100)).verdict).toBe('PASS')
})

test('a run that left out a point is no baseline', () => {
  const leftOut = [{ point: 1, message: 'the server rejected the first request' }]
  expect(() => requireBaselineQuality({ ...analysis('monday', 40), leftOut })).toThrow('cannot be a baseline')
  expect(() => requireBaselineQuality(analysis('monday', 40))).not.toThrow()
})
