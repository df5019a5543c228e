import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readManifest } from '../run/run-folder.js'
import { framestormHere, start, temporaryFolder } from './testing/framestorm.test.support.js'
import { writeScenario } from './testing/small-scenario.test.support.js'

/**
 * No batching, and batches of 4 with two delays, which are as good. At 1 fps one camera is 2 % of what they carry, so that
 * one more or less decides nothing.
 */
const changes = {
  'load: { kind: closed, framesInFlight: 8 }':
    'load: [{ kind: closed, framesInFlight: 8 }, { kind: cameras, cameras: 50, fps: 1 }]',
  'tau=2ms,alpha=1ms': 'tau=20ms,alpha=10ms',
  'mode: [server, client], batchSize: 2, maxBatchDelayMs: 10':
    'mode: server, batchSize: [1, 4], maxBatchDelayMs: [10, 11]',
  'durationS: 0.5': 'durationS: 1',
  'repetitions: 1': 'repetitions: 3',
}

const identify = ({ point, repetition }: { point: number; repetition: number }) => `${point}.${repetition}`

test.skipIf(process.platform === 'win32')(
  'a run until it is decided measures settings in contention again, and goes on after it was killed',
  async () => {
    const folder = await temporaryFolder()
    const scenario = await writeScenario(folder, changes)
    const out = join(folder, 'run')
    const run = start(['bench', scenario, '--until-decided', '--budget', '10m', '--out', out])
    await run.says('block 2, ')
    run.child.kill('SIGKILL')
    await run.ended
    const before = await readManifest(out)
    expect(before.plan.race).toEqual({ budgetS: 600 })
    expect(before.plan.order.slice(0, 6).every(({ repetition }) => repetition === 1)).toBe(true)

    // As if its budget was nearly spent: the block is measured to its end, and no other one.
    const spent = { ...before, plan: { ...before.plan, race: { budgetS: 1 } } }
    await writeFile(join(out, 'run.json'), JSON.stringify(spent))
    const resumed = await framestormHere(['bench', '--resume', out, '--json'])
    const json = JSON.parse(resumed.stdout)
    const after = await readManifest(out)
    const startedAt = after.measurements.map((measurement) => measurement.startedAt)
    const complete = before.measurements.filter((measurement) => measurement.complete)
    expect(startedAt).toEqual(expect.arrayContaining(complete.map((measurement) => measurement.startedAt)))
    expect(after.measurements.map(identify).toSorted()).toEqual(after.plan.order.map(identify).toSorted())
    expect(after.plan.race!.end!.blocks).toBeGreaterThanOrEqual(2)
    expect(json.race).toMatchObject({ budgetS: 1, ...after.plan.race!.end })
    expect(json.race.text).toMatch(/^(Decided|Open) after \d+ blocks: /)
    expect(json.recommendation.text).toContain(json.race.text)
    // Batches of 4 take 15 ms per frame, and single frames 30 ms.
    expect(json.recommendation.batchSize).toBe(4)
  },
  300_000,
)

test('a dry run says how a race goes on, and how long it takes at most', async () => {
  const folder = await temporaryFolder()
  const scenario = await writeScenario(folder, changes)
  const { stdout } = await framestormHere(['bench', scenario, '--until-decided', '--dry-run'])
  const text = stdout.replaceAll(/\s+/g, ' ')
  expect(text).toMatch(/6 points, 6 measurements, \d+ s to 5 min/)
  expect(text).toContain('then blocks that measure each setting in contention once under closed load')
})

test.each([
  [['--budget', '5m'], '--budget needs --until-decided'],
  [['--until-decided', '--budget', 'soon'], '--budget is not valid'],
  [['--until-decided', '--set', 'load={ kind: cameras, cameras: 2, fps: 5 }'], 'cannot compare the settings'],
])('%j is refused', async (flags, message) => {
  const folder = await temporaryFolder()
  const { code, stderr } = await framestormHere(['bench', await writeScenario(folder, changes), ...flags])
  expect(code).toBe(2)
  expect(stderr).toContain(message)
})

test('a resumed run keeps its budget', async () => {
  const { code, stderr } = await framestormHere(['bench', '--resume', 'run', '--until-decided'])
  expect(code).toBe(2)
  expect(stderr).toContain('--until-decided and --budget are for a new run')
})
