import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { packageRoot } from '../system/package-root.js'
import {
  framestormHere as framestorm,
  framestorm as framestormProcess,
  temporaryFolder,
} from './testing/framestorm.test.support.js'
import { writeScenario } from './testing/small-scenario.test.support.js'

const sizeFlags = ['size', 'run', '--cameras', '5', '--fps', '10', '--slo', '1s']

describe('a wrong command line ends with code 2 and says what to do', () => {
  test.each([
    [['bnech'], 'Did you mean `framestorm bench`?'],
    [
      ['bench', '--sever', 'embedded', 'x.yaml'],
      'there is no flag --sever\n  remedy    Did you mean --server?',
    ],
    [['bench', 'x.yaml', 'y.yaml'], 'unexpected argument "y.yaml"'],
    [['bench', 'x.yaml', '--out'], '--out needs a value'],
    [['size', 'run', '--fps', '1', '--slo', '1s'], '--cameras is required'],
    [
      [...sizeFlags, '--headroom', '20%'],
      'write --max-utilization 20%. To keep 20 % in reserve, write --max-utilization 80%',
    ],
    [[...sizeFlags, '--headroom'], '--headroom is now --max-utilization'],
    [[...sizeFlags, '--max-utilization', '120%'], 'received  120%'],
    [['capacity', 'x.yaml', '--window-max', '60'], 'expected  --budget, the time for the whole search'],
    [['capacity', 'x.yaml', '--budget', '300'], 'a time above 0, such as 90s or 5m'],
    [['capacity', 'x.yaml', '--budget', '5m', '--budget', '9m'], 'received  2 values'],
    [[...sizeFlags.slice(0, -1), '200'], 'a time above 0, such as 200ms or 1s'],
    [['capacity', '--resume', 'r', '--dry-run'], 'cannot be combined'],
    [['serve', '--inference-port', '99999'], 'a whole number from 0 to 65535'],
    [['bench'], 'no scenario was given'],
    [['bench', 'x.yaml', '--resume', 'y'], 'resume and scenario cannot be combined'],
    [[], 'no command was given'],
    [['report'], 'framestorm report --help'],
    [['report', 'run', '--samples', 'xlsx'], 'parquet'],
    [['report', 'run', 'other', '--samples', 'csv'], 'samples and other cannot be combined'],
    [['stream', '--input', 'x.mp4', '--batch-size', '0'], '--batch-size'],
    [['stream', '--input', 'x.mp4', '--size', '640'], '640x480'],
    [['stream', '--input', 'x.mp4', '--quality', '1'], '2 to 31'],
    [['stream', '--input', 'x.mp4', '--size', '640', '--server', 'embedded'], '640x or x480, or source'],
    [['stream', '--input', 'x.mp4', '--fit', 'squash'], 'letterbox'],
    [['stream', '--input', 'x.mp4', '--transport', 'http'], 'tcp'],
    [['stream', '--input', '0', '--input-option', 'framerate'], 'NAME=VALUE with a number'],
    [['stream', '--input', '0', '--input-option', 'vf=null'], 'NAME=VALUE with a name out of'],
    [['stream', '--input', 'webrtc://camera/1'], 'rtsp'],
    [['serve', '--batch-size', '0'], '--batch-size'],
    [['archive', '-o', 'x.mar', '--max-batch-delay', '-1'], '--max-batch-delay'],
    [['bench', '--resume', 'no-such-run'], 'no such folder'],
    [['bench', 'x.yaml', '--out', ''], '--out'],
    [['serve', '--server', 'torchserve'], 'embedded server only'],
  ])('framestorm %j', async (args, words) => {
    const { code, stderr, stdout } = await framestorm(args)
    expect(stderr).toContain(words)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).not.toMatch(/\n\s+at .*\.js:\d+/)
  })
})

test('the command itself, as a process, ends the same way', async () => {
  const { code, stderr, stdout } = await framestormProcess(['bnech'])
  expect(stderr).toMatch(/^error: there is no command "bnech"/)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
})

describe('a wrong scenario ends with code 2 before anything is touched', () => {
  test.each([
    ['an unknown key names the nearest known one', { 'durationS:': 'durationSec:' }, 'durationS'],
    ['batch size 0', { 'batchSize: 2': 'batchSize: 0' }, 'batchSize'],
    [
      'K above the frames in flight everywhere',
      { 'batchSize: 2': 'batchSize: 64', 'mode: [server, client]': 'mode: client' },
      'in flight',
    ],
    ['YAML that is none', { 'load: {': 'load: {{' }, 'small.yaml'],
    ['a threshold of no grammar', { 'slo:': 'thresholds: ["fsp > 3"]\nslo:' }, 'fps'],
    ['a fault that there is not, as text', { 'tau=2ms': 'fault.kil=every-50' }, 'did you mean kill'],
    [
      'a fault that there is not, as a mapping',
      { 'embedded:tau=2ms,alpha=1ms': '{ kind: embedded, faults: { kil: every 50 } }' },
      'did you mean kill',
    ],
  ])('%s, in a dry run too', async (_, replace, words) => {
    const folder = await temporaryFolder()
    const scenario = await writeScenario(folder, replace)
    const out = join(folder, 'run')
    const { code, stderr } = await framestorm(['bench', scenario, '--out', out])
    expect(stderr).toContain(words)
    expect(stderr).toMatch(/small\.yaml/)
    expect(code).toBe(2)
    expect(await framestorm(['bench', scenario, '--dry-run'])).toMatchObject({ code: 2, stderr, stdout: '' })
  })

  test.each([
    ['a video that is not there', { 'clip.mp4': 'no-such.mp4' }, 'no such file'],
    [
      'frames of a request that share a name',
      { 'mode: [server, client]': 'mode: client', 'slo:': 'model: { request: { field: frame } }\nslo:' },
      'model.request.field',
    ],
    [
      'requests that the embedded server needs longer for than their deadline',
      {
        'mode: [server, client], batchSize: 2': 'mode: client, batchSize: 2048',
        'framesInFlight: 8': 'framesInFlight: 4096',
        'alpha=1ms': 'alpha=25ms',
      },
      '51.2 s for a request of 2048 frames',
    ],
  ])('%s, in a dry run too', async (_, replace, words) => {
    const folder = await temporaryFolder()
    const scenario = await writeScenario(folder, replace)
    const out = join(folder, 'run')
    const { code, stderr } = await framestorm(['bench', scenario, '--out', out])
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(words) })
    expect(await readdir(folder)).toEqual(['small.yaml'])
    expect(await framestorm(['bench', scenario, '--dry-run'])).toMatchObject({ code: 2, stderr, stdout: '' })
  })

  test('a video that ffmpeg cannot read: a dry run says so, a run before it starts a server', async () => {
    const [folder, videos] = [await temporaryFolder(), await temporaryFolder()]
    await writeFile(join(videos, 'text.mp4'), 'this is no video')
    const scenario = await writeScenario(folder, {
      [join(packageRoot, 'fixtures/clip.mp4')]: join(videos, 'text.mp4'),
    })
    for (const args of [['--dry-run'], ['--out', join(folder, 'run')]]) {
      const { code, stderr, stdout } = await framestorm(['bench', scenario, ...args])
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
      expect(stderr).toContain('ffmpeg cannot read this file as a video')
      expect(stderr).not.toContain('starting')
      expect(await readdir(folder)).toEqual(['small.yaml'])
    }
  })

  test.each([
    ['a video that is not there', { 'clip.mp4': 'no-such.mp4' }, 'no such file'],
    ['a fault that there is not', { 'tau=2ms': 'fault.kil=every-50' }, 'did you mean kill'],
    ['a threshold of no grammar', { 'slo:': 'thresholds: ["fsp > 3"]\nslo:' }, 'fps'],
  ])('%s, in a live gate', async (_, replace, words) => {
    const folder = await temporaryFolder()
    const scenario = await writeScenario(folder, { 'mode: [server, client]': 'mode: client', ...replace })
    const candidate = 'tau=2ms' in replace ? 'embedded:fault.kil=every-50' : 'embedded'
    const sides = ['--baseline', 'embedded', '--candidate', candidate]
    const { code, stderr, stdout } = await framestorm([
      'gate',
      scenario,
      ...sides,
      '--out',
      join(folder, 'gate'),
    ])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/^error: /)
    expect(stderr).toContain(words)
    expect(await readdir(folder)).toEqual(['small.yaml'])
  })

  test('a scenario file that is not there', async () => {
    const { code, stderr } = await framestorm(['bench', 'no-such.yaml'])
    expect(stderr).toContain('no-such.yaml')
    expect(code).toBe(2)
  })
})

describe('a run folder that does not fit', () => {
  test('that holds something already is left alone', async () => {
    const folder = await temporaryFolder()
    const scenario = await writeScenario(folder)
    const { code, stderr } = await framestorm(['bench', scenario, '--out', folder])
    expect(stderr).toContain('the run folder is not empty')
    expect(code).toBe(2)
  })

  test('that cannot be made is an environment error', async () => {
    const folder = await temporaryFolder()
    const scenario = await writeScenario(folder)
    await writeFile(join(folder, 'file'), '')
    const { code, stderr } = await framestorm(['bench', scenario, '--out', join(folder, 'file', 'run')])
    expect(stderr).toContain('cannot be written')
    expect(code).toBe(3)
  })

  test.each([
    ['empty', undefined],
    ['broken', '{"schemaVersion": 1, "measure'],
    ['foreign', '{"name": "something else"}'],
  ])('%s, given to report, is refused with code 2', async (_, manifest) => {
    const folder = join(await temporaryFolder(), 'run')
    await mkdir(folder)
    if (manifest !== undefined) await writeFile(join(folder, 'run.json'), manifest)
    const { code, stderr } = await framestorm(['report', folder])
    expect(stderr).toMatch(/^error: /)
    expect(code).toBe(2)
  })
})
