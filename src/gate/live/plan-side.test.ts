import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { formatUserError, UserError } from '../../system/user-error.js'
import { planSide, requireSameLoad, type SideRequest } from './plan-side.js'

const scenarioFile = join(mkdtempSync(join(tmpdir(), 'framestorm-plan-side-')), 'side.yaml')
writeFileSync(
  scenarioFile,
  `video: { source: testsrc, frames: 10 }
batching: { mode: server, batchSize: 2 }
load: { kind: closed }
`,
)

const plan = (side: 'baseline' | 'candidate', more: Partial<SideRequest>) =>
  planSide({ scenarioFile, ...more }, 'http://h:8080', side)

async function refusal(refused: Promise<unknown>): Promise<string> {
  const error = await refused.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(UserError)
  return formatUserError(error as UserError)
}

test('each side gets the fields of both and its own', async () => {
  const sets = {
    set: ['load.framesInFlight=8'],
    baselineSet: ['model.version="1.0"'],
    candidateSet: ['model.version="2.0"'],
  }
  const [baseline, candidate] = [await plan('baseline', sets), await plan('candidate', sets)]
  expect([baseline.point.model.version, candidate.point.model.version]).toEqual(['1.0', '2.0'])
  expect(baseline.point.load).toMatchObject({ framesInFlight: 8 })
  expect(candidate.manifest.scenario.overrides).toContain('--candidate-set model.version="2.0"')
  expect(() => requireSameLoad(baseline.point, candidate.point)).not.toThrow()
})

test.each([
  'load.framesInFlight=4',
  'measure.durationS=9',
  'slo.latencyMs=3',
  'seed=2',
  'thresholds.0=fps > 1',
  'points.0.seed=1',
])('%s must be the same for both sides', async (text) => {
  const words = await refusal(plan('candidate', { candidateSet: [text] }))
  expect(words).toContain(`--candidate-set ${text}`)
  expect(words).toMatch(/expected +a field of server, model, batching, video/)
})

test('mistakes are reported at the flag of the side', async () => {
  expect(await refusal(plan('candidate', { candidateSet: ['model.versoin=2'] }))).toMatch(
    /--candidate-set model\.versoin[^]*version/,
  )
  expect(await refusal(plan('baseline', { baselineSet: ['model'] }))).toContain(
    '--baseline-set needs a field and a value',
  )
})

test('a load that follows the batch size of a side is refused', async () => {
  const baseline = await plan('baseline', {})
  const candidate = await plan('candidate', { candidateSet: ['batching.batchSize=8'] })
  expect(() => requireSameLoad(baseline.point, candidate.point)).toThrow('different loads')
})
