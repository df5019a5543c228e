import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { CapacityRun } from '../capacity/capacity-run.js'
import { framestormHere, start, temporaryFolder } from './testing/framestorm.test.support.js'

/** A p75 and windows of half a second, so that a search fits into a test. */
async function writeCapacityScenario(folder: string): Promise<string> {
  const file = join(folder, 'scenario.yaml')
  await writeFile(
    file,
    `
name: small
video: { source: testsrc, frames: 10, size: 160x120, quality: 5 }
server: { kind: embedded, tauMs: 20, alphaMs: 5, jitter: 0, workers: 1 }
batching: { mode: server, batchSize: 2, maxBatchDelayMs: 5 }
load: { kind: cameras, fps: 20, phases: random }
measure: { warmupMaxS: 0.3, durationS: 0.5 }
slo: { latencyMs: 1000, percentile: 75 }
`,
  )
  return file
}

async function capacityOf(folder: string): Promise<CapacityRun> {
  return JSON.parse(await readFile(join(folder, 'capacity.json'), 'utf8')) as CapacityRun
}

test('a dry run says what will be measured and for how long, and measures nothing', async () => {
  const folder = await temporaryFolder()
  const { code, stdout } = await framestormHere([
    'capacity',
    await writeCapacityScenario(folder),
    '--dry-run',
  ])
  expect(code).toBe(0)
  expect(stdout).toMatch(/small: 1 setting, about \d+ s/)
  expect(stdout).toContain('server batching 2 (delay 5 ms), 1 worker')
  expect(stdout).toContain('cameras at 20 fps within 1000 ms (p75)')
  expect(stdout).toContain('1 frame in flight')
})

test.skipIf(process.platform === 'win32')(
  'a search that is killed half-way is resumed with what it measured, gives the same answer when it is called again, and is not resumed by another version',
  async () => {
    const folder = await temporaryFolder()
    const out = join(folder, 'run')
    const run = start(['capacity', await writeCapacityScenario(folder), '--out', out])
    await run.says('measuring')
    run.child.kill('SIGKILL')
    await run.ended

    // As if an older version had begun it.
    const older = join(folder, 'older')
    await cp(out, older, { recursive: true })
    const earlier = { ...(await capacityOf(older)), capacityVersion: 1 }
    await writeFile(join(older, 'capacity.json'), JSON.stringify(earlier))
    const refused = await framestormHere(['capacity', '--resume', older])
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain('this search cannot be resumed')
    expect(refused.stderr).toContain('Start a new search')

    const before = await readFile(join(out, 'run.json'), 'utf8')
    const resumed = await framestormHere(['capacity', '--resume', out])
    // The generator may be late on a busy machine.
    expect([0, 4]).toContain(resumed.code)
    const after = await readFile(join(out, 'run.json'), 'utf8')
    for (const [, startedAt] of before.matchAll(/"startedAt": "(\S+)"/g)) expect(after).toContain(startedAt)
    const { found } = (await capacityOf(out)).settings[0]!
    const again = await framestormHere(['capacity', '--resume', out])
    expect(again.stdout).toBe(resumed.stdout)
    expect((await capacityOf(out)).settings[0]!.found).toEqual(found)
  },
)
