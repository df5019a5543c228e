import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { isProcessAlive } from '../system/processes/hold-lock.js'
import type { RunManifest } from '../run/manifest.js'
import { framestormHere, start, temporaryFolder, type Ended } from './testing/framestorm.test.support.js'
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

/** Sends the signals once the command has said this, and waits until none of its processes is left. */
async function stopWhen(args: string[], text: string, signals: NodeJS.Signals[]): Promise<Ended> {
  const run = start(args)
  await run.says(text)
  const started = descendants(run.child.pid ?? 0)
  expect(started.length).toBeGreaterThan(0)
  for (const [index, signal] of signals.entries()) {
    // Two signals that are pending at the same time would be one.
    if (index > 0) await new Promise((resolve) => setTimeout(resolve, 100))
    run.child.kill(signal)
  }
  const ended = await run.ended
  await vi.waitFor(() => expect(started.filter(isProcessAlive)).toEqual([]), { timeout: 20_000 })
  return ended
}

describe.skipIf(process.platform === 'win32')('a sweep of six measurements', () => {
  let folder = ''
  let out = ''
  let plan: RunManifest['plan']
  const complete: string[] = []

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'framestorm-interrupted-'))
    out = join(folder, 'run')
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  /** What was complete before is kept, something was added, and something is left. Returns the status. */
  async function expectProgress(): Promise<string> {
    const { status, measurements, plan: now } = await manifestOf(out)
    plan ??= now
    expect(now).toEqual(plan)
    const started = measurements.filter((one) => one.complete).map(({ startedAt }) => startedAt)
    expect(started).toEqual(expect.arrayContaining(complete))
    expect(started.length).toBeGreaterThan(complete.length)
    complete.splice(0, Infinity, ...started)
    return status
  }

  test('Ctrl-C once finishes what is open, writes the report and ends with 130', async () => {
    const scenario = await writeScenario(folder, { 'repetitions: 1': 'repetitions: 3' })
    const { code, stderr } = await stopWhen(['bench', scenario, '--out', out], '[1/6]', ['SIGINT'])
    expect(code).toBe(130)
    expect(stderr).toContain('interrupted; to resume: `framestorm bench --resume ')
    expect(await expectProgress()).toBe('interrupted')
    expect(complete.length).toBeLessThan(4)
    expect(await readdir(out)).toEqual(expect.arrayContaining(['points.csv', 'report.html']))
  })

  test.each([
    ['SIGKILL', 1, null],
    ['SIGINT', 2, 130],
  ] as const)(
    'resumed and stopped at once by %s (%d×), it keeps what was complete and leaves no process',
    async (signal, times, exitCode) => {
      const signals = Array.from({ length: times }, () => signal)
      const { code } = await stopWhen(['bench', '--resume', out], '/6] ', signals)
      expect(code).toBe(exitCode)
      await expectProgress()
      expect(complete.length).toBeLessThan(6)
    },
  )

  test('resumed again, the rest of its own plan is measured', async () => {
    const { code } = await framestormHere(['bench', '--resume', out])
    // A run on a busy machine may rightly say that its figures cannot be trusted.
    expect([0, 4]).toContain(code)
    expect(await expectProgress()).toBe('complete')
    const { measurements } = await manifestOf(out)
    expect(measurements.map(identify).toSorted()).toEqual(plan.order.map(identify).toSorted())
  })
})

test.skipIf(process.platform === 'win32')(
  'an embedded server that is killed mid-run ends the run with code 3 and keeps what was measured',
  async () => {
    const folder = await temporaryFolder()
    const out = join(folder, 'run')
    const run = start([
      'bench',
      await writeScenario(folder, { 'repetitions: 1': 'repetitions: 2' }),
      '--out',
      out,
    ])
    await run.says('[1/4]')
    // The second load has begun. A server that ends at the first request before a load is started again.
    await vi.waitFor(
      async () => {
        const files = await readdir(join(out, 'samples'))
        expect(files.filter((name) => name.endsWith('.bin')).length).toBeGreaterThanOrEqual(2)
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

// What ends them if this process is killed is the same for each: start-embedded.test.ts.
test.skipIf(process.platform === 'win32')(
  'a gate stopped half-way leaves none of the processes that it started at once, and no verdict',
  async () => {
    const folder = await temporaryFolder()
    const gate = start([
      'gate',
      await writeScenario(folder, {}),
      ...['--baseline', 'embedded', '--candidate', 'embedded', '--point', '1', '--metrics', 'fps'],
      ...['--out', join(folder, 'gate'), '--json'],
    ])
    await gate.says('1 of at most')
    const started = descendants(gate.child.pid ?? 0)
    // The processes of four pairs, two of which were measured.
    expect(started.length).toBeGreaterThanOrEqual(8)
    gate.child.kill('SIGTERM')
    expect(await gate.ended).toMatchObject({ code: 143, stdout: '' })
    await vi.waitFor(() => expect(started.filter(isProcessAlive)).toEqual([]), { timeout: 20_000 })
    const { status, measurements } = await manifestOf(join(folder, 'gate', 'baseline'))
    expect(status).toBe('interrupted')
    expect(measurements.length).toBeGreaterThanOrEqual(1)
  },
)
