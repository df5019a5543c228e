import { access, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { readManifest } from '../run/run-folder.js'
import { analyseRun, runScenario } from '../index.js'
import { framestormHere, start, temporaryFolder } from './testing/framestorm.test.support.js'
import { writeScenario } from './testing/small-scenario.test.support.js'

const changes = {
  'load: { kind: closed, framesInFlight: 8 }':
    'load: [{ kind: closed, framesInFlight: 8 }, { kind: cameras, cameras: 2, fps: 25 }]',
  'tau=2ms,alpha=1ms': 'tau=20ms,alpha=10ms',
  'mode: [server, client]': 'mode: server',
}

test('a run recommends a setting and confirms it; a dry run says so, and --resume makes up for it', async () => {
  const folder = await temporaryFolder()
  const scenario = await writeScenario(folder, changes)
  const dry = await framestormHere(['bench', scenario, '--dry-run'])
  expect(dry.stdout.replaceAll(/\s+/g, ' ')).toContain('then one confirming run for the recommended setting')

  // By the library, which does what bench does. The second confirming run, below, is one of bench.
  const out = join(folder, 'run')
  const said: string[] = []
  await runScenario(scenario, { out, observer: { status: (text) => said.push(text) } })
  expect(said).toContain('simulating how many cameras each setting carries')
  const { confirming, points } = await analyseRun(out)
  expect(confirming[0]!.summary.point).toMatchObject({ purpose: 'confirming', batching: { mode: 'server' } })
  expect(points).toHaveLength(2)
  const { stdout } = await framestormHere(['report', out, '--json'])
  const json = JSON.parse(stdout)
  expect(json.recommendation).toMatchObject({ mode: 'server', batchSize: 2, serverBatchSize: 2, workers: 1 })
  expect(json.recommendation.lines.join('\n')).toContain('"batchSize":2,"maxBatchDelay":10')
  const confirmed = json.points.find(({ purpose }: { purpose?: string }) => purpose === 'confirming')
  expect(confirmed).toMatchObject({
    point: 3,
    load: 'cameras',
    cameras: json.recommendation.settings[0].cameras,
  })
  // Figures, thresholds and the verdict are about what the scenario asks for.
  expect(json.verdict.caveats.join(' ')).not.toContain('incomplete')

  const manifest = await readManifest(out)
  const isPlanned = ({ point }: { point: number }) => point < 3
  const interrupted = {
    ...manifest,
    status: 'interrupted',
    plan: {
      ...manifest.plan,
      points: manifest.plan.points.filter(({ id }) => isPlanned({ point: id })),
      order: manifest.plan.order.filter(isPlanned),
    },
    measurements: manifest.measurements.filter(isPlanned),
  }
  await writeFile(join(out, 'run.json'), JSON.stringify(interrupted))
  const sampleFile = join(out, 'samples', 'point-3-repetition-1.bin')
  await rm(sampleFile)
  const resumed = start(['bench', '--resume', out])
  await resumed.says('confirming run: server batching 2')
  // It takes ten seconds too: that it begins is enough.
  await vi.waitFor(() => access(sampleFile), { timeout: 90_000, interval: 50 })
  resumed.child.kill('SIGINT')
  expect((await resumed.ended).code).toBe(130)
  expect((await readManifest(out)).plan.points.filter(({ purpose }) => purpose === 'confirming')).not.toEqual(
    [],
  )

  const report = await framestormHere(['report', out])
  expect(report.stdout.replaceAll(/\s+/g, ' ')).toMatch(/use server batching 2/i)
})
