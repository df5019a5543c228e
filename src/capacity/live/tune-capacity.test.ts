import { expect, test } from 'vitest'
import type { Point } from '../../scenario/plan/plan.js'
import type { CapacityRun } from '../capacity-run.js'
import { capacitySettings } from '../capacity-setting.js'
import { tuneCapacity, type TuneCapacityOptions } from './tune-capacity.js'
import { label, summarised, type VirtualServer, virtualMeasurement } from './virtual-server.test.support.js'

const point: Point = {
  id: 1,
  video: { source: 'testsrc', width: 640, height: 480, quality: 3 },
  server: { kind: 'embedded', tauMs: 20, alphaMs: 5, jitter: 0, workers: 1 },
  model: { name: 'm', weights: 'seeded', request: { field: 'frame_{i}', json: 'object' }, answer: 'none' },
  batching: {
    mode: 'server',
    framesPerRequest: 1,
    serverBatchSize: 1,
    batchSize: 1,
    encoding: 'raw',
  },
  load: {
    kind: 'cameras',
    cameras: 1,
    fps: 10,
    phases: 'random',
    maxInFlightPerCamera: 8,
    queue: { policy: 'queue', depth: 1000 },
    camerasPerClient: 1,
  },
  measure: { warmupMaxS: 1, durationS: 4, repetitions: 3, deadlineMs: 5000 },
  slo: { latencyMs: 200, percentile: 99 },
}
const server: VirtualServer = {
  tauMs: 20,
  alphaMs: 5,
  jitter: 0.02,
  workers: 1,
  lossMs: 0,
  overhead: { sendMs: 1, answerMs: 1 },
  logs: true,
}

function tune(on: VirtualServer, sloMs = 200, more: Partial<TuneCapacityOptions> = {}) {
  return tuneCapacity({
    base: capacitySettings(
      [{ ...point, slo: { latencyMs: sloMs, percentile: 99 } }],
      'scenario.yaml',
      label,
    )[0]!,
    labelSetting: label,
    space: {
      modes: ['server', 'client'],
      batchSizes: [1, 4],
      maxBatchDelaysMs: [20],
      workers: [1, 2],
    },
    top: 2,
    seed: 1,
    measure: async (asked, planned) => {
      const workers = asked.server.kind === 'url' ? 1 : asked.server.workers
      return summarised(virtualMeasurement({ ...on, workers }, asked, planned))
    },
    save: async () => undefined,
    ...more,
  })
}

/** Tuned once for two tests. */
let tuned: ReturnType<typeof tune> | undefined
/** As an interruption after the first measured setting leaves it, read back from the file. */
let interrupted: CapacityRun | undefined
function tuneServer() {
  return (tuned ??= tune(server, 200, {
    save: async (run) => {
      if (run.settings.length === 1) interrupted = JSON.parse(JSON.stringify(run))
    },
  }))
}

test('the setting that carries most is found, the top few measured, and simulation held against them', async () => {
  const run = await tuneServer()
  const { ranking, best, simulationErrors } = run.tuning!
  // A batch of 4 takes 40 ms: two workers serve 200 frames a second, 20 cameras at most.
  expect(best.candidate).toMatchObject({ mode: 'server', serverBatchSize: 4, workers: 2 })
  expect(best.measuredCameras).toBeGreaterThan(14)
  expect(best.measuredCameras).toBeLessThanOrEqual(20)
  expect(ranking.filter(({ measuredCameras }) => measuredCameras !== undefined)).toHaveLength(2)
  expect(simulationErrors).toHaveLength(2)
  for (const error of simulationErrors) expect(Math.abs(error)).toBeLessThan(0.15)
  expect(run.settings.map(({ found }) => found?.planning)).toContain(best.measuredCameras)
})

test('a server that does not report its batches cannot be tuned', async () => {
  await expect(tune({ ...server, logs: false })).rejects.toThrow('reports its batches')
})

test('where no setting carries a camera within the SLO it is said', async () => {
  await expect(tune(server, 15)).rejects.toThrow('no setting carries a camera')
})

test('an interrupted tuning goes on with the settings that it saved, whatever they were called', async () => {
  const expected = await tuneServer()
  const saved = interrupted
  expect(saved!.tuningBase).toMatchObject({ batching: { batchSize: 1 } })
  saved!.settings[0]!.setting = 'what an older version called it'
  const verdicts = saved!.settings[0]!.search!.verdicts.length
  const run = await tune(server, 200, { resume: saved })
  expect(run.settings).toHaveLength(2)
  expect(run.settings[0]!.setting).toBe('what an older version called it')
  // Nothing that was saved is measured again.
  expect(run.settings[0]!.search!.verdicts.slice(0, verdicts)).toEqual(
    JSON.parse(JSON.stringify(expected.settings[0]!.search!.verdicts.slice(0, verdicts))),
  )
  expect(run.tuning!.ranking).toEqual(expected.tuning!.ranking)
})
