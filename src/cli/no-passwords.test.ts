import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { resolveFfmpeg } from '../frames/video/resolve-ffmpeg.js'
import type { RunManifest } from '../run/manifest.js'
import { packageRoot } from '../system/package-root.js'
import { framestorm, framestormHere, start, temporaryFolder } from './testing/framestorm.test.support.js'

const hasFfmpeg = (await resolveFfmpeg()) !== undefined
const raw = 's3cr#t?/@x'
const encoded = encodeURIComponent(raw)

/** Each way in which people write the user and the password of a camera. */
const ways: [string, (host: string) => string][] = [
  ['in the authority', (host) => `http://us3r:${encoded}@${host}/a.mp4`],
  ['in the authority, not encoded', (host) => `http://us3r:${raw}@${host}/b.mp4`],
  ['as the user alone', (host) => `http://${encoded}@${host}/c.mp4`],
  ['in the path', (host) => `http://${host}/user=us3r&password=${encoded}&channel=1`],
  ['in the path, not encoded', (host) => `http://${host}/user=us3r&password=${raw}&channel=1`],
  ['in the path of a recorder', (host) => `http://${host}/user=us3r_password=s3cr3t_channel=1_stream=0.sdp`],
  ['in the query', (host) => `http://${host}/d.mp4?user=us3r&pwd=${encoded}`],
  ['in the query, not encoded', (host) => `http://${host}/d.mp4?user=us3r&pwd=${raw}`],
  ['in the environment', (host) => `http://$env:CAM_USER:$env:CAM_PASS@${host}/e.mp4`],
  ['in the environment, in the query', (host) => `http://${host}/f.mp4?user=$env:CAM_USER&pwd=$env:CAM_PASS`],
]
const env = { CAM_USER: 'us3r', CAM_PASS: raw }
/** Both the user and the password, each of them in part, too. */
const secret = /us3r|s3cr/

let host: string
let requests = 0
const server = createServer()

describe.skipIf(!hasFfmpeg)('the user and the password of a camera', () => {
  beforeEach(() => {
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
  })

  beforeAll(async () => {
    const bytes = await readFile(join(packageRoot, 'fixtures/clip.mp4'))
    server.on('request', (_, response) => {
      requests++
      response.end(bytes)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  })

  afterEach(() => {
    vi.unstubAllEnvs()
  })

  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })

  async function scenarioOf(folder: string, sources: string[]): Promise<string> {
    const file = join(folder, 'cameras.yaml')
    await writeFile(
      file,
      `# before: rtsp://us3r:s3cr3t@host/1
video: { source: ${JSON.stringify(sources)}, frames: 4, size: 64x48 }
server: embedded:tau=1ms,alpha=1ms
batching: { mode: server, batchSize: 1 }
load: { kind: closed, framesInFlight: 2 }
measure: { warmupMaxS: 0.1, durationS: 0.2, repetitions: 1 }
`,
    )
    return file
  }

  async function textsIn(folder: string): Promise<Record<string, string>> {
    const files = await readdir(folder, { recursive: true, withFileTypes: true })
    const texts = files
      .filter((file) => file.isFile() && file.name !== 'cameras.yaml')
      .map(async ({ parentPath, name }) => [name, await readFile(join(parentPath, name), 'latin1')] as const)
    return Object.fromEntries(await Promise.all(texts))
  }

  function expectNone(texts: Record<string, string>): void {
    for (const [name, text] of Object.entries(texts))
      expect({ name, found: secret.exec(text)?.[0] }).toEqual({ name })
  }

  test('are in no file and no output of a run, its dry run, its report, and the run that resumes it', async () => {
    const folder = await temporaryFolder()
    const flag = ways[1]![1](host).replace('b.mp4', 'g.mp4')
    const set = (place: number) => ['--set', `video.source.${place}=${JSON.stringify(flag)}`]
    const all = ways.map(([, write]) => write(host))
    const dryRun = await framestormHere([
      'bench',
      await scenarioOf(folder, all),
      ...set(all.length),
      '--dry-run',
    ])
    expect(dryRun.code).toBe(0)
    // One of each kind: each source is a measurement, with its own clip.
    const measured = all.filter((_, index) => [0, 1, 5, 7, 8, 9].includes(index))
    const scenario = await scenarioOf(folder, measured)
    const out = join(folder, 'run')
    const bench = await framestormHere([
      ...['bench', scenario, ...set(measured.length), '--out', out, '--json'],
    ])
    expect([0, 4]).toContain(bench.code)
    expect(bench.stdout).toContain('"points"')
    const report = await framestormHere(['report', out])
    const files = await textsIn(out)
    expect(Object.keys(files)).toEqual(expect.arrayContaining(['run.json', 'report.html', 'points.csv']))
    expectNone({
      ...files,
      dryRun: JSON.stringify(dryRun),
      bench: JSON.stringify(bench),
      report: JSON.stringify(report),
    })

    // As if it had been interrupted before its last two measurements. Another process, because this one knows the passwords.
    const manifest = JSON.parse(files['run.json'] ?? '') as RunManifest
    expect(manifest.measurements).toHaveLength(measured.length + 1)
    const environment = new Set(
      manifest.plan.points.filter(({ video }) => video.source.includes('$env')).map(({ id }) => id),
    )
    const interrupted = manifest.measurements.filter(({ point }) => !environment.has(point))
    await writeFile(
      join(out, 'run.json'),
      JSON.stringify({ ...manifest, status: 'interrupted', measurements: interrupted }),
    )
    const resumed = await framestorm(['bench', '--resume', out])
    expect([0, 4]).toContain(resumed.code)
    await writeFile(
      join(out, 'run.json'),
      JSON.stringify({ ...manifest, status: 'interrupted', measurements: [] }),
    )
    const unknown = await framestorm(['bench', '--resume', out])
    expect(unknown.code).toBe(2)
    expect(unknown.stderr).toContain('the password of this address is not known')
    expect(unknown.stderr).toContain('$env:NAME')
    expectNone({
      ...(await textsIn(out)),
      resumed: JSON.stringify(resumed),
      unknown: JSON.stringify(unknown),
    })
  })

  test('an interrupted run of a camera is resumed with its first frames, without the camera and its password', async () => {
    const folder = await temporaryFolder()
    const scenario = await scenarioOf(folder, [ways[0]![1](host)])
    const text = await readFile(scenario, 'utf8')
    await writeFile(
      scenario,
      text.replace('durationS: 0.2, repetitions: 1', 'durationS: 0.5, repetitions: 3'),
    )
    const out = join(folder, 'run')
    const run = start(['bench', scenario, '--out', out])
    await run.says('[1/3]')
    run.child.kill('SIGINT')
    expect((await run.ended).code).toBe(130)
    const kept = async () => (await readdir(out)).filter((name) => name.endsWith('.frames'))
    expect(await kept()).toHaveLength(1)
    const requestsBefore = requests
    const resumed = await framestorm(['bench', '--resume', out])
    expect([0, 4]).toContain(resumed.code)
    expect({ requests, kept: await kept() }).toEqual({ requests: requestsBefore, kept: [] })
    const { measurements } = JSON.parse(await readFile(join(out, 'run.json'), 'utf8')) as RunManifest
    expect(measurements).toHaveLength(3)
    expect(new Set(measurements.map(({ video }) => video?.hash)).size).toBe(1)
    expectNone({ ...(await textsIn(out)), resumed: JSON.stringify(resumed) })
  })

  test.each(ways)('%s: a camera that cannot be reached', async (_, write) => {
    const folder = await temporaryFolder()
    const scenario = await scenarioOf(folder, [write('127.0.0.1:9').replace('http:', 'rtsp:')])
    const bench = await framestormHere(['bench', scenario, '--out', join(folder, 'run')])
    expect(bench.stderr).toContain('the video source cannot be opened')
    expect(bench.code).toBe(3)
    expectNone({ bench: JSON.stringify(bench) })
  })

  test('are in no error about a scenario', async () => {
    const folder = await temporaryFolder()
    for (const [, write] of ways.slice(0, 8)) {
      const scenario = await scenarioOf(folder, [write(host)])
      const text = await readFile(scenario, 'utf8')
      const mistakes = [
        text.replace('frames: 4', 'frames: x'),
        text.replace(/\{ source: \[(.*?)\], frames: 4, size: 64x48 \}/, '$1'),
        text.replace('source:', 'sorce:'),
        text.replace(/source: \[(.*?)\]/, 'source: [$1, {}]'),
        text.replace('video: {', 'video: {{'),
      ]
      for (const mistake of mistakes) {
        await writeFile(scenario, mistake)
        const { code, stdout, stderr } = await framestormHere(['bench', scenario, '--dry-run'])
        expect(code).toBe(2)
        expectNone({ stdout, stderr })
      }
      expectNone(
        await framestormHere(['bench', scenario, '--set', `source ${write(host)}`]).then(({ stderr }) => ({
          stderr,
        })),
      )
    }
  })

  test('are in no line of stream', async () => {
    for (const [, write] of [ways[1]!, ways[4]!, ways[8]!]) {
      const flags = ['--server', 'embedded:tau=1ms,alpha=1ms', '--frames', '4', '--size', '64x48']
      const input = write('127.0.0.1:9').replace('http:', 'rtsp:')
      const streamed = await framestormHere(['stream', '--input', input, ...flags])
      expect(streamed.code).toBe(3)
      expectNone({ streamed: JSON.stringify(streamed) })
    }
  })
})
