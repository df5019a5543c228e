import { cp, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { packageRoot } from '../system/package-root.js'
import { framestormHere, temporaryFolder } from './testing/framestorm.test.support.js'

const golden = join(packageRoot, 'fixtures/golden/run')

test('a first baseline is recorded, a second run is compared with it, and the outputs say what the exit code says', async () => {
  const folder = await temporaryFolder()
  const [first, second] = ['first', 'second'].map((name) => join(folder, name))
  await cp(golden, first!, { recursive: true })
  await cp(golden, second!, { recursive: true })
  const baselines = join(folder, 'baselines')

  const recorded = await framestormHere(['gate', first!, '--baseline', baselines, '--accept'])
  expect(recorded.code).toBe(0)
  expect(recorded.stderr).toContain('baseline recorded')
  expect(await readdir(baselines)).toEqual(['first'])

  const gate = await framestormHere(['gate', second!, '--baseline', baselines, '--json'])
  const written = JSON.parse(await readFile(join(second!, 'gate/gate.json'), 'utf8'))
  expect(written).toEqual(JSON.parse(gate.stdout))
  expect(written).toMatchObject({ kind: 'stored', exitCode: gate.code })
  expect(await readdir(join(second!, 'gate'))).toEqual(expect.arrayContaining(['gate.html', 'junit.xml']))
})
