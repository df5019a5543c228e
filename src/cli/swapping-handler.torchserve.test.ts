import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { expect, test } from 'vitest'
import { packageRoot } from '../system/package-root.js'
import { framestorm, temporaryFolder } from './testing/framestorm.test.support.js'
import { writeScenario } from './testing/small-scenario.test.support.js'

test('a Python handler that swaps two answers of a batch is caught on TorchServe, whoever fills the batch', async () => {
  const folder = await temporaryFolder()
  const handler = join(packageRoot, 'fixtures/handlers/swapping.py')
  const scenario = await writeScenario(folder, {
    'embedded:tau=2ms,alpha=1ms': `torchserve:handler=${handler}`,
    'maxBatchDelayMs: 10': 'maxBatchDelayMs: 50, encoding: base64',
  })
  const out = join(folder, 'run')
  const { code } = await framestorm(['bench', scenario, '--out', out])
  expect(code).toBe(4)
  const points = parse<Record<string, string>>(await readFile(join(out, 'points.csv')), { columns: true })
  expect(new Set(points.map(({ mode }) => mode))).toEqual(new Set(['client', 'server']))
  for (const { findings = '' } of points) expect(findings.split(' ')).toContain('wrong-answers')
}, 180_000)
