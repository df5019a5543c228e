import { expect, test } from 'vitest'
import { cameraLoad } from '../../analysis/simulated-run.test.support.js'
import { decideRecommendation, type Confirmation, type RatedSetting } from './recommendation.js'
import { confirmation, rated, slo } from './recommendation.test.support.js'

function decide(settings: RatedSetting[], confirmations: Confirmation[] = []) {
  return decideRecommendation(settings, {
    load: cameraLoad(1),
    slo,
    leftOut: [],
    otherQuestions: 0,
    confirmationsOf: () => confirmations,
  })
}

test('the setting that carries most cameras is recommended, and all are listed, most cameras first', () => {
  const settings = [rated('server', 1, 5), rated('client', 4, 7), rated('server', 4, 9)]
  const { setting, cameras, basis, simplerThan, settings: listed } = decide(settings)!
  expect([setting, cameras, basis, simplerThan]).toEqual([settings[2], 9, 'predicted', undefined])
  expect(listed.map((one) => one.cameras)).toEqual([9, 7, 5])
})

test('among settings within 5 % the simplest is recommended, and the one with most cameras is named', () => {
  const eight = rated('client', 8, 41)
  const { setting, cameras, simplerThan } = decide([eight, rated('server', 4, 40), rated('server', 1, 31)])!
  expect([setting.mode, setting.serverBatchSize, cameras]).toEqual(['server', 4, 40])
  expect(simplerThan).toEqual({ setting: eight, by: 'batchSize' })
})

test('after a race a simpler setting is recommended only if it was shown to be equal', () => {
  const settings = [rated('client', 8, 41), rated('server', 4, 40)]
  const after = (isShownEqual: (setting: RatedSetting) => boolean) =>
    decideRecommendation(settings, {
      load: cameraLoad(1),
      slo,
      leftOut: [],
      otherQuestions: 0,
      confirmationsOf: () => [],
      race: { isDecided: true, isShownEqual },
    })!.setting
  expect(after(() => true)).toBe(settings[1])
  expect(after(() => false)).toBe(settings[0])
})

test('one camera of seven is more than 5 %', () => {
  expect(decide([rated('server', 2, 6), rated('server', 4, 7)])!.setting.serverBatchSize).toBe(4)
})

test('at equal numbers of cameras server batching is recommended, not client batching', () => {
  expect(decide([rated('client', 4, 8), rated('server', 4, 8)])!.setting.mode).toBe('server')
})

test('the runner-up loses cameras by a lower ceiling', () => {
  const best = rated('server', 8, 9, { ceilingFps: 50 })
  const { runnerUp } = decide([best, rated('server', 1, 5, { ceilingFps: 30 })])!
  expect(runnerUp).toMatchObject({
    fewerCameras: 4,
    because: { kind: 'ceiling', fps: 30, bestFps: 50 },
  })
})

test('the runner-up loses cameras by a longer wait for a batch if its ceiling is as high', () => {
  const best = rated('server', 8, 9, { ceilingFps: 50 })
  const { runnerUp } = decide([best, rated('client', 8, 6, { ceilingFps: 50 })])!
  expect(runnerUp!.because).toEqual({ kind: 'batch-wait', waitMs: 1400, bestWaitMs: 50 })
})

test('without a setting that carries a camera nothing is recommended', () => {
  expect(decide([])).toBeUndefined()
  expect(decide([rated('server', 1, 0)])).toBeUndefined()
})

test('a confirming run that passes confirms the number', () => {
  expect(decide([rated('server', 4, 9)], [confirmation(9, 'pass')])).toMatchObject({
    cameras: 9,
    basis: 'confirmed',
  })
})

test('if only the second confirming run passes, its number is recommended', () => {
  const runs = [confirmation(9, 'fail'), confirmation(8, 'pass')]
  expect(decide([rated('server', 4, 9)], runs)).toMatchObject({ cameras: 8, basis: 'confirmed' })
})

test('if no confirming run passes, the largest load of the plan that was carried is recommended', () => {
  const runs = [confirmation(9, 'fail'), confirmation(8, 'fail')]
  const setting = rated('server', 4, 9, { carries: 6 })
  expect(decide([setting], runs)).toMatchObject({ cameras: 6, basis: 'measured' })
  expect(decide([rated('server', 4, 9)], runs)).toMatchObject({ cameras: 9, basis: 'predicted' })
})

test('a confirming run that the client or the machine spoilt decides nothing', () => {
  for (const binding of ['validity', 'generator', 'lateness'] as const)
    expect(decide([rated('server', 4, 9)], [confirmation(9, 'fail', binding)])).toMatchObject({
      cameras: 9,
      basis: 'predicted',
    })
})

const weaknesses = [{ kind: 'short-windows' as const, windowS: 4, neededS: 10 }]

test('a setting with weak evidence makes a rough estimate', () => {
  expect(decide([rated('server', 4, 9, { weaknesses })])!.estimate).toBe('rough')
  expect(decide([rated('server', 4, 9)])!.estimate).toBe('sound')
})

test('a confirming run alone does not show which setting is best: the estimate stays rough', () => {
  const estimate = decide([rated('server', 4, 9, { weaknesses })], [confirmation(9, 'pass')])!.estimate
  expect(estimate).toBe('rough')
})

test.each([
  ['sound', 'decided, and the run that confirms it passed', true, 'pass'],
  ['rough', 'decided, but not confirmed', true, 'fail'],
  ['rough', 'confirmed, but other settings may carry more', false, 'pass'],
] as const)(
  'the short windows of a race make a %s estimate if it was %s',
  (estimate, _, isDecided, decision) => {
    const setting = rated('server', 4, 9, { weaknesses })
    const decided = decideRecommendation([setting], {
      load: cameraLoad(1),
      slo,
      leftOut: [],
      otherQuestions: 0,
      confirmationsOf: () => [confirmation(9, decision)],
      race: { isDecided, isShownEqual: () => isDecided },
    })
    expect(decided!.estimate).toBe(estimate)
  },
)
