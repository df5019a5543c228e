import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { RunManifest } from '../run/manifest.js'
import {
  framestorm,
  framestormHere,
  start,
  startHere,
  temporaryFolder,
} from './testing/framestorm.test.support.js'
import { writeScenario } from './testing/small-scenario.test.support.js'

/**
 * A run on a loaded machine may rightly say that its figures cannot be trusted (4): whether it does is not
 * what these tests are about.
 */
const measuredCodes = [0, 4]

async function manifestOf(folder: string): Promise<RunManifest> {
  return JSON.parse(await readFile(join(folder, 'run.json'), 'utf8')) as RunManifest
}

async function pointsOf(folder: string): Promise<Record<string, string>[]> {
  return parse<Record<string, string>>(await readFile(join(folder, 'points.csv')), { columns: true })
}

describe('a whole run on the embedded server', () => {
  test('prints JSON alone on stdout, leaves its outputs, accounts for each frame and holds its thresholds', async () => {
    const folder = await temporaryFolder()
    const scenario = await writeScenario(folder, { 'slo:': 'thresholds: ["fps >= 1000000"]\nslo:' })
    const out = join(folder, 'run')
    const { code, stdout } = await framestorm(['bench', scenario, '--out', out, '--json'])
    expect([1, 4]).toContain(code)
    const summary = JSON.parse(stdout) as { run: string; exitCode: number; points: { mode: string }[] }
    expect(summary).toMatchObject({ run: 'run', exitCode: code })
    expect(summary).toHaveProperty(
      'thresholds',
      expect.arrayContaining([expect.objectContaining({ threshold: 'fps >= 1000000', verdict: 'FAIL' })]),
    )
    expect(summary.points.map(({ mode }) => mode).toSorted()).toEqual(['client', 'server'])

    expect(await readdir(out)).toEqual(
      expect.arrayContaining(['points.csv', 'requests.csv', 'report.html', 'run.json', 'summary.md']),
    )
    const points = await pointsOf(out)
    expect(points.map((point) => String(point['mode'])).toSorted()).toEqual(['client', 'server'])
    for (const point of points) {
      const frames = (name: string) => Number(point[`frames${name}`])
      const ends = ['Ok', 'HttpError', 'Timeout', 'ConnectionError', 'BadResponse', 'Aborted', 'Dropped']
      expect(frames('Scheduled')).toBe(ends.reduce((sum, name) => sum + frames(name), 0))
      expect(frames('Scheduled')).toBeGreaterThan(0)
    }

    // The report of the same run, for a person, by another command.
    const report = await framestormHere(['report', out])
    expect(report.code).toBe(code)
    expect(report.stdout.replaceAll(/\s+/g, ' ')).toContain('embedded (simulated)')
    expect(report.stdout).toMatch(/FAIL.*fps >= 1000000|fps >= 1000000.*FAIL/)
  })

  test('passes: 1 answers each frame of the clip once, the last partial batch included', async () => {
    const folder = await temporaryFolder()
    const scenario = await writeScenario(folder, {
      'batchSize: 2': 'batchSize: 3',
      'durationS: 0.5': 'passes: 1',
      'framesInFlight: 8': 'framesInFlight: 9',
    })
    const out = join(folder, 'run')
    const { code } = await framestormHere(['bench', scenario, '--out', out])
    expect(measuredCodes).toContain(code)
    for (const point of await pointsOf(out)) {
      expect(point).toMatchObject({ framesScheduled: '20', framesOk: '20' })
    }
  })
})

test('--dry-run prints the plan and touches nothing', async () => {
  const folder = await temporaryFolder()
  const scenario = await writeScenario(folder)
  const { code, stdout } = await framestormHere(['bench', scenario, '--dry-run'], {
    cwd: folder,
    env: { PATH: '', FRAMESTORM_HOME: join(folder, 'cache') },
  })
  expect(code).toBe(0)
  expect(stdout).toContain('2 points, 2 measurements')
  expect(stdout).toMatch(
    /Request of point \d: \d frames?, application\/json\n {2}\{"frame_0":"<base64 JPEG>"/,
  )
  expect(await readdir(folder)).toEqual(['small.yaml'])
})

test('--dry-run refuses an archive and a handler that a run could not use', async () => {
  const folder = await temporaryFolder()
  const scenario = await writeScenario(folder)
  const dryRun = ['bench', scenario, '--dry-run', '--server']
  const archive = await framestormHere([...dryRun, 'torchserve', '--set', `model.archive=${folder}`])
  expect(archive).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/no MAR-INF\/MANIFEST\.json[^]*set server\.handler/),
  })
  const handler = await framestormHere([...dryRun, `torchserve:handler=${join(folder, 'missing.py')}`])
  expect(handler).toMatchObject({ code: 2, stderr: expect.stringContaining('missing.py') })
})

describe('what ends a run early loses nothing', () => {
  test.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s ends with %d', async (signal, code) => {
    const folder = await temporaryFolder()
    const run = start(['bench', await writeScenario(folder), '--out', join(folder, 'run')])
    await run.says('embedded server')
    run.child.kill(signal)
    expect((await run.ended).code).toBe(code)
  })

  test('stdout closed early (| head) neither stops the run nor shows a stack trace', async () => {
    const folder = await temporaryFolder()
    const out = join(folder, 'run')
    const scenario = await writeScenario(folder, { 'mode: [server, client]': 'mode: server' })
    const run = start(['bench', scenario, '--out', out])
    run.child.stdout?.destroy()
    const { code, stderr } = await run.ended
    expect(measuredCodes).toContain(code)
    expect(stderr).not.toContain('EPIPE')
    expect(stderr).not.toMatch(/\n\s+at .*\.js:\d+/)
    expect((await manifestOf(out)).status).toBe('complete')
  })
})

describe('a machine or server that is not fit ends with code 3', () => {
  test.each([
    ['missing', 'no-such.mp4'],
    ['not a video', 'small.yaml'],
  ])('a video that is %s says so', async (_, source) => {
    const folder = await temporaryFolder()
    const scenario = await writeScenario(folder)
    const { code, stderr } = await framestormHere([
      ...['bench', scenario, '--out', join(folder, 'run')],
      ...['--set', `video.source=${join(folder, source)}`],
    ])
    expect(stderr).toContain(source)
    expect([2, 3]).toContain(code)
    expect(stderr).not.toMatch(/\n\s+at .*\.js:\d+/)
  })

  test('a server that is down', async () => {
    const folder = await temporaryFolder()
    const scenario = await writeScenario(folder)
    const { code, stderr } = await framestormHere([
      ...['bench', scenario, '--out', join(folder, 'run'), '--server', 'http://127.0.0.1:1'],
    ])
    expect(stderr).toContain('127.0.0.1:1')
    expect(code).toBe(3)
  })

  test('a server that dies mid-run keeps what was measured', async () => {
    const server = createServer((_, response) => response.end('{"a": 0.5}'))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const folder = await temporaryFolder()
    const scenario = await writeScenario(folder, {
      'mode: [server, client]': 'mode: server',
      'batchSize: 2, maxBatchDelayMs: 10': 'batchSize: 1',
      'repetitions: 1': 'repetitions: 3',
    })
    const out = join(folder, 'run')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const run = startHere(['bench', scenario, '--out', out, '--server', url])
    await run.says('[1/3]')
    server.close()
    server.closeAllConnections()
    const { code, stderr } = await run.ended
    expect(stderr).toContain('did not answer')
    expect(code).toBe(3)
    expect((await manifestOf(out)).measurements.length).toBeGreaterThanOrEqual(1)
    expect(await readdir(out)).toContain('points.csv')
  })

  test('a run folder that vanishes mid-run is no bug of ours', async () => {
    const folder = await temporaryFolder()
    const out = join(folder, 'run')
    const run = startHere(['bench', await writeScenario(folder), '--out', out])
    await run.says('embedded server')
    // The run may create a file in the folder while it is removed.
    await rm(out, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 })
    const { code } = await run.ended
    expect(code).toBe(3)
  })
})
