import { execFileSync } from 'node:child_process'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { isProcessAlive } from '../system/processes/hold-lock.js'
import type { RunManifest } from '../run/manifest.js'
import { framestorm, start, temporaryFolder } from './testing/framestorm.test.support.js'
import { writeScenario } from './testing/small-scenario.test.support.js'

async function manifestOf(folder: string): Promise<RunManifest> {
  return JSON.parse(await readFile(join(folder, 'run.json'), 'utf8')) as RunManifest
}

/** Process ids of the children of a process, and of theirs. */
function descendants(of: number): number[] {
  const rows = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((row) => row.trim().split(/\s+/).map(Number))
  const children = rows.filter(([, parent]) => parent === of).map(([pid = 0]) => pid)
  return children.flatMap((pid) => [pid, ...descendants(pid)])
}

const identify = ({ point, repetition }: { point: number; repetition: number }) => `${point}.${repetition}`

test.skipIf(process.platform === 'win32').each([
  ['SIGKILL', 1, null],
  ['SIGINT', 2, 130],
] as const)(
  'a sweep stopped at once by %s (%d×) keeps what was complete, leaves no process, and is resumed by its own plan',
  async (signal, times, exitCode) => {
    const folder = await temporaryFolder()
    const out = join(folder, 'run')
    const scenario = await writeScenario(folder, {
      'repetitions: 1': 'repetitions: 2',
      'durationS: 0.5': 'durationS: 1',
    })
    const run = start(['bench', scenario, '--out', out])
    await run.says('[2/4]')
    const started = descendants(run.child.pid ?? 0)
    expect(started.length).toBeGreaterThan(0)
    for (let time = 0; time < times; time++) {
      run.child.kill(signal)
      // Two signals that are pending at the same time would be one.
      if (time + 1 < times) await new Promise((resolve) => setTimeout(resolve, 100))
    }
    expect((await run.ended).code).toBe(exitCode)
    await vi.waitFor(() => expect(started.filter(isProcessAlive)).toEqual([]), { timeout: 20_000 })

    const before = await manifestOf(out)
    const complete = before.measurements.filter((measurement) => measurement.complete)
    expect(complete.length).toBeGreaterThan(0)
    expect(complete.length).toBeLessThan(4)
    const resumed = await framestorm(['bench', '--resume', out])
    expect([0, 4]).toContain(resumed.code)
    const after = await manifestOf(out)
    expect(after.plan).toEqual(before.plan)
    expect(after.measurements.map(identify).toSorted()).toEqual(after.plan.order.map(identify).toSorted())
    const startedAt = after.measurements.map((measurement) => measurement.startedAt)
    expect(startedAt).toEqual(expect.arrayContaining(complete.map((measurement) => measurement.startedAt)))
  },
)

test.skipIf(process.platform === 'win32')(
  'an embedded server that is killed mid-run ends the run with code 3 and keeps what was measured',
  async () => {
    const folder = await temporaryFolder()
    const out = join(folder, 'run')
    const run = start([
      'bench',
      await writeScenario(folder, { 'repetitions: 1': 'repetitions: 2', 'durationS: 0.5': 'durationS: 1' }),
      '--out',
      out,
    ])
    await run.says('[2/4]')
    // The third load has begun. A server that ends at the first request before a load is started again.
    await vi.waitFor(
      async () => {
        const files = await readdir(join(out, 'samples'))
        expect(files.filter((name) => name.endsWith('.bin'))).toHaveLength(3)
      },
      { timeout: 30_000, interval: 20 },
    )
    for (const pid of descendants(run.child.pid ?? 0)) process.kill(pid, 'SIGKILL')
    const { code, stderr } = await run.ended
    expect(stderr).toContain('error: ')
    expect(stderr).not.toMatch(/\n\s+at .*\.js:\d+/)
    expect(code).toBe(3)
    const { status, measurements } = await manifestOf(out)
    expect(status).toBe('failed')
    expect(measurements.length).toBeGreaterThanOrEqual(1)
  },
)

test.skipIf(process.platform === 'win32').each(['SIGKILL', 'SIGTERM'] as const)(
  'a gate stopped half-way by %s leaves none of the processes that it started at once',
  async (signal) => {
    const folder = await temporaryFolder()
    const gate = start([
      'gate',
      await writeScenario(folder, {}),
      ...['--baseline', 'embedded', '--candidate', 'embedded', '--point', '1', '--metrics', 'fps'],
      ...['--out', join(folder, 'gate')],
    ])
    await gate.says('1 of at most')
    const started = descendants(gate.child.pid ?? 0)
    // The processes of four pairs, two of which were measured.
    expect(started.length).toBeGreaterThanOrEqual(8)
    gate.child.kill(signal)
    await gate.ended
    await vi.waitFor(() => expect(started.filter(isProcessAlive)).toEqual([]), { timeout: 20_000 })
  },
  60_000,
)
