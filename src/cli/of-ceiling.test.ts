import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { RunManifest } from '../run/manifest.js'
import { framestormHere, temporaryFolder } from './testing/framestorm.test.support.js'
import { writeScenario } from './testing/small-scenario.test.support.js'

const loads = 'load: [{ kind: closed, framesInFlight: 8 }, { kind: cameras, fps: 50, ofCeiling: [0.2, 0.5] }]'

/** Without an SLO no setting is recommended, and so none is confirmed, which would take ten seconds. */
const changes = {
  'load: { kind: closed, framesInFlight: 8 }': loads,
  'slo: { latencyMs: 1000, percentile: 50 }': '',
}

async function manifestOf(folder: string): Promise<RunManifest> {
  return JSON.parse(await readFile(join(folder, 'run.json'), 'utf8')) as RunManifest
}

function camerasOf({ plan }: RunManifest): number[] {
  return plan.points.flatMap(({ load }) => ('cameras' in load ? [load.cameras] : []))
}

test('the ceiling is measured first, and cameras follow from it; --resume and --cameras-of keep their number', async () => {
  const folder = await temporaryFolder()
  const scenario = await writeScenario(folder, changes)
  const out = join(folder, 'run')
  const { stderr } = await framestormHere(['bench', scenario, '--out', out])
  expect(stderr).toMatch(/the ceiling is [\d.]+ FPS \(point [14]\): next \d+ and \d+ cameras/)
  const manifest = await manifestOf(out)
  const [fps] = (manifest.plan.ofCeiling ?? []).map(({ ceiling }) => ceiling?.fps ?? 0)
  const [fewer, more] = [0.2, 0.5].map((share) => Math.max(1, Math.floor((share * fps!) / 50)))
  expect(camerasOf(manifest)).toEqual([fewer, more, fewer, more])
  expect(manifest.measurements).toHaveLength(6)

  // As if the run had been interrupted after the last closed point.
  const isClosed = ({ point }: { point: number }) => point === 1 || point === 4
  const interrupted = {
    ...manifest,
    status: 'interrupted',
    plan: {
      ...manifest.plan,
      points: manifest.plan.points.filter(({ id }) => isClosed({ point: id })),
      ofCeiling: manifest.plan.ofCeiling?.map(({ ceiling: _, ...pending }) => pending),
    },
    measurements: manifest.measurements.filter(isClosed),
  }
  await writeFile(join(out, 'run.json'), JSON.stringify(interrupted))
  await framestormHere(['bench', '--resume', out])
  expect(camerasOf(await manifestOf(out))).toEqual([fewer, more, fewer, more])

  const again = await framestormHere(['bench', scenario, '--cameras-of', out, '--dry-run'])
  expect(again.stdout).toContain(`${more} camera`)
  expect(again.stdout).not.toContain('of the ceiling')
})

test('without a VALID closed point no camera is measured, and the run says why', async () => {
  const folder = await temporaryFolder()
  const scenario = await writeScenario(folder, {
    ...changes,
    'embedded:tau=2ms,alpha=1ms': 'embedded:tau=2ms,alpha=1ms,fault.fail=every-5',
  })
  const out = join(folder, 'run')
  const { code, stdout, stderr } = await framestormHere(['bench', scenario, '--out', out])
  const said = stdout.replaceAll(/\s+/g, ' ')
  expect(stderr).toMatch(/points 2, 3, 5, 6 left out: the number of cameras is a share of the ceiling/)
  expect(said).toMatch(
    /Server batching 2 \(points 2, 3\) and client batching 2 \(points 5, 6\) were left out: the number of cameras is a share of the ceiling/,
  )
  expect(code).not.toBe(0)
  const report = await readFile(join(out, 'report.html'), 'utf8')
  expect(report.includes('cameras for 20 % of the ceiling at 50 fps')).toBe(true)
  expect((await manifestOf(out)).measurements).toHaveLength(2)
})

test('a plan shows shares, and a live gate refuses them', async () => {
  const folder = await temporaryFolder()
  const scenario = await writeScenario(folder, { 'load: { kind: closed, framesInFlight: 8 }': loads })
  const { stdout } = await framestormHere(['bench', scenario, '--dry-run'])
  expect(stdout.replaceAll(/\s+/g, ' ')).toContain('cameras for 20 % of the ceiling at 50 fps')
  const gate = ['gate', scenario, '--baseline', 'embedded', '--candidate', 'embedded', '--point', '2']
  const refused = await framestormHere(gate)
  expect(refused.code).toBe(2)
  expect(refused.stderr).toContain('a live gate cannot measure a load with ofCeiling')
})
