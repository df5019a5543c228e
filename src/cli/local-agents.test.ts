import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { isProcessAlive } from '../system/processes/hold-lock.js'
import type { MeasurementRecord, RunManifest } from '../run/manifest.js'
import { openSamples } from '../run/read-samples.js'
import { framestorm, framestormHere, start, temporaryFolder } from './testing/framestorm.test.support.js'
import { killAgent } from './testing/kill-agent.test.support.js'
import { writeScenario } from './testing/small-scenario.test.support.js'

/*
 * A real nats-server and real agents on this machine. The windows are short and the machine may be busy, so nothing here
 * depends on how fast anything is.
 */

const cameraLoad = {
  'mode: [server, client]': 'mode: server',
  'load: { kind: closed, framesInFlight: 8 }': 'load: { kind: cameras, cameras: 5, fps: 10 }',
}

async function measurementsOf(folder: string): Promise<readonly MeasurementRecord[]> {
  const run = JSON.parse(await readFile(join(folder, 'run.json'), 'utf8')) as RunManifest
  return run.measurements
}

/** Processes of this command line below a process, with all of theirs. */
function descendants(of: number): { pid: number; command: string }[] {
  const rows = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((row) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(row)!)
    .map(([, pid, parent, command]) => ({ pid: Number(pid), parent: Number(parent), command: command! }))
  const below = (parent: number): typeof rows =>
    rows.flatMap((row) => (row.parent === parent ? [row, ...below(row.pid)] : []))
  return below(of)
}

test('a closed load of two agents is one measurement, with the part of each', async () => {
  const folder = await temporaryFolder()
  const out = join(folder, 'run')
  const scenario = await writeScenario(folder)
  const { code, stderr } = await framestorm(['bench', scenario, '--out', out, '--agents', 'local:2'])
  expect(stderr).toContain('report: ')
  expect([0, 4]).toContain(code)
  const measurements = await measurementsOf(out)
  expect(measurements.map(({ complete }) => complete)).toEqual([true, true])
  for (const { sampleFile, agents } of measurements) {
    expect(agents!.map(({ site, complete }) => [site, complete])).toEqual([
      ['local-1', true],
      ['local-2', true],
    ])
    const clients = new Set<number>()
    const numbers = new Set<number>()
    let count = 0
    for (const { requests } of openSamples(join(out, sampleFile)).parts('sentUs')) {
      count += requests.count
      for (let row = 0; row < requests.count; row++) {
        clients.add(requests.client[row]!)
        numbers.add(requests.request[row]!)
      }
    }
    // Every request loop sent, and no two requests have the same number.
    expect(clients.size).toBe(agents!.reduce((sum, agent) => sum + agent.clients, 0))
    expect(numbers.size).toBe(count)
  }
  const without = await framestorm(['bench', '--resume', out])
  expect(without.code).toBe(2)
  expect(without.stderr).toContain('the run was started with other agents')
  expect(without.stderr).toContain('2 agents: local-1, local-2')
  // What the agents needed is gone.
  expect(existsSync(join(out, 'agents'))).toBe(false)
  expect((await readdir(join(out, 'samples'))).filter((name) => name.includes('local'))).toEqual([])
})

test('capacity with two agents: a load of one client is sent by one of them, the others by both', async () => {
  const folder = await temporaryFolder()
  const out = join(folder, 'run')
  const scenario = await writeScenario(folder, {
    'mode: [server, client]': 'mode: server',
    'load: { kind: closed, framesInFlight: 8 }': 'load: { kind: cameras, fps: 20, phases: random }',
    ', repetitions: 1': '',
  })
  const flags = ['--out', out, '--agents', 'local:2', '--budget', '5s', '--json']
  const { code, stdout, stderr } = await framestormHere(['capacity', scenario, ...flags])
  expect(stderr).not.toContain('error:')
  expect([0, 4]).toContain(code)
  expect(JSON.parse(stdout)).toMatchObject({ exitCode: code, settings: [expect.anything()] })
  const measurements = await measurementsOf(out)
  const sites = measurements.map(({ agents }) => agents!.map(({ site }) => site))
  expect(sites[0]).toEqual(['local-1'])
  expect(sites.at(-1)).toEqual(['local-1', 'local-2'])
  // A row for each measurement, and one for each of its sites.
  const rows = (await readFile(join(out, 'points.csv'), 'utf8')).trim().split('\n').slice(1)
  expect(rows).toHaveLength(measurements.length + sites.flat().length)
})

test('gate with two agents: both of them send the load of both sides', async () => {
  const folder = await temporaryFolder()
  const out = join(folder, 'gate')
  const scenario = await writeScenario(folder, { 'mode: [server, client]': 'mode: server' })
  const servers = ['--baseline', 'embedded:tau=2ms,alpha=1ms', '--candidate', 'embedded:tau=2ms,alpha=1ms']
  // One pair: the verdict does not matter here.
  const budget = ['--metrics', 'fps:50%', '--budget', '1s']
  const flags = ['--out', out, '--agents', 'local:2', '--json']
  const { code, stdout, stderr } = await framestormHere(['gate', scenario, ...servers, ...budget, ...flags])
  expect(stderr).not.toContain('error:')
  expect([0, 1, 4, 5]).toContain(code)
  // It is kept, unless the machine is busy.
  expect([0, 1]).toContain(JSON.parse(stdout).pairs)
  for (const side of ['baseline', 'candidate']) {
    const [record] = await measurementsOf(join(out, side))
    expect(record!.agents!.map(({ site, clients, complete }) => [site, clients, complete])).toEqual([
      ['local-1', 4, true],
      ['local-2', 4, true],
    ])
  }
})

test('an agent that is killed in the window makes the measurement INVALID; --resume measures it anew, each planned frame once', async () => {
  const folder = await temporaryFolder()
  const out = join(folder, 'run')
  const scenario = await writeScenario(folder, { ...cameraLoad, 'durationS: 0.5': 'durationS: 5' })
  const flags = ['--agents', 'local:2']
  const run = start(['bench', scenario, '--out', out, ...flags])
  await killAgent(out, 'local-2')
  const { code, stderr } = await run.ended
  expect(stderr).toMatch(/agent local-2 was lost: .*\nincomplete; to resume: /)
  expect(stderr).toContain('--agents local:2')
  expect(code).toBe(4)
  const [record] = await measurementsOf(out)
  expect(record!.complete).toBe(false)
  expect(record!.agents![1]!.lost).toBeDefined()

  const again = await framestorm(['bench', '--resume', out, ...flags])
  expect([0, 4]).toContain(again.code)
  const [anew] = await measurementsOf(out)
  expect(anew!.complete).toBe(true)
  expect(anew!.agents!.map(({ lost }) => lost)).toEqual([undefined, undefined])
  expect(anew!.agents!.map(({ clients }) => clients)).toEqual([3, 2])
  for (const { framesScheduled, framesPlanned } of anew!.agents!) expect(framesScheduled).toBe(framesPlanned)
})

test('when the coordinator is killed, its agents and its broker end', async () => {
  const folder = await temporaryFolder()
  const scenario = await writeScenario(folder, { 'durationS: 0.5': 'durationS: 20' })
  const run = start(['bench', scenario, '--out', join(folder, 'run'), '--agents', 'local:2'])
  const samples = join(folder, 'run/agents/local-2/samples')
  await vi.waitFor(async () => expect(await readdir(samples)).not.toEqual([]), {
    timeout: 50_000,
    interval: 100,
  })
  const started = descendants(run.child.pid!)
  expect(started.filter(({ command }) => /nats-server/.test(command))).not.toEqual([])
  run.child.kill('SIGKILL')
  await run.ended
  await vi.waitFor(() => expect(started.filter(({ pid }) => isProcessAlive(pid))).toEqual([]), {
    timeout: 20_000,
  })
})
