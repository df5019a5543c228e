import { expect, test } from 'vitest'
import { checkRun } from './checks-of-run.js'
import { summariseMeasurement } from './measurement-summary.js'
import { cameraLoad, pointOf, simulateMeasurement } from './simulated-run.test.support.js'

const point = pointOf(1, 'server', 1, cameraLoad(1))

function summary(change: (measurement: ReturnType<typeof simulateMeasurement>) => void) {
  const measurement = simulateMeasurement(point)
  change(measurement)
  return summariseMeasurement({ point, answerTolerance: 1e-4, ...measurement }).summary
}

test('one late request makes neither the measurement INVALID nor its check fail, and two make both', () => {
  for (const [late, validity, state] of [
    [1, 'VALID', 'passed'],
    [2, 'INVALID', 'failed'],
  ] as const) {
    const one = summary(({ samples: { requests } }) => {
      const rows = [...requests.phase.keys()].filter((row) => requests.phase[row] === 1).slice(0, late)
      for (const row of rows) requests.sentUs[row]! += 60_000
      expect(requests.phase.filter((phase) => phase === 1).length).toBeLessThan(100)
    })
    const check = checkRun({ measurements: [one], points: [] }).find(({ name }) => name === 'generator-late')
    expect([one.validity, check?.state]).toEqual([validity, state])
  }
})

test('processor time taken by others is a finding exactly where its check fails', () => {
  for (const stealShare of [0.01, 0.03]) {
    const one = summary(({ record }) => {
      record.observations = { stealShare }
    })
    const check = checkRun({ measurements: [one], points: [] }).find(
      ({ name }) => name === 'processor-stolen',
    )
    expect(one.findings.some(({ name }) => name === 'processor-stolen')).toBe(check?.state === 'failed')
  }
})

test('the worst measurement stands for its check, with its place', () => {
  const measurements = [0.1, 0.4].map((loadCpuShare, i) => ({
    ...summary(({ record }) => {
      record.loadCpuShare = loadCpuShare
    }),
    repetition: i + 1,
  }))
  const check = checkRun({ measurements, points: [] }).find(({ name }) => name === 'client-saturated')
  expect(check).toMatchObject({
    state: 'passed',
    worst: { observed: 0.4, limit: 0.8, point: 1, repetition: 2 },
  })
})

test('a check that no measurement could make is absent', () => {
  const check = checkRun({ measurements: [], points: [] }).find(({ name }) => name === 'clock-step')
  expect(check).toMatchObject({ state: 'absent' })
  expect(check).not.toHaveProperty('worst')
})
