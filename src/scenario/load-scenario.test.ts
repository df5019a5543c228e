import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { UserError, formatUserError } from '../system/user-error.js'
import { loadScenario, type ScenarioOverrides } from './load-scenario.js'

let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scenario-'))
})

afterAll(() => rm(folder, { recursive: true }))

let files = 0

async function load(text: string | Uint8Array, overrides?: ScenarioOverrides) {
  const path = join(folder, `s${files++}.yaml`)
  await writeFile(path, text)
  return loadScenario(path, overrides)
}

/** What a user reads, with the folder of the test left out. */
async function refusal(text: string | Uint8Array, overrides?: ScenarioOverrides): Promise<string> {
  try {
    await load(text, overrides)
  } catch (error) {
    if (!(error instanceof UserError) || error.exitCode !== 2) throw error
    return formatUserError(error).replaceAll(new RegExp(`${folder}/s\\d+`, 'g'), 'x')
  }
  throw new Error('the scenario was not refused')
}

const good = `
video: { source: clip.mp4 }
batching: { mode: server, batchSize: 4 }
load: { kind: closed, framesInFlight: 8 }
`

test('every field of a scenario is read', async () => {
  const loaded = await load(`
name: batch-sweep
video: { source: ../fixtures/clip.mp4, frames: 375, size: [640x480, 320x240], quality: [3, 8] }
server: [auto, 'torchserve:workers=2', { kind: url, inferenceUrl: 'http://h:8080', managementUrl: 'http://h:8081',
  metricsUrl: 'http://h:8082', logFile: ts_log.log, tokenEnv: TS_TOKEN, manage: true }]
model: { name: pose, archive: pose.mar, request: { field: 'image{i}', json: list }, answer: { list: /results } }
batching: { mode: [server, client], batchSize: [1, 2, 4, 8], maxBatchDelayMs: 50, encoding: [base64, multipart] }
load:
  - { kind: closed, framesInFlight: 16 }
  - { kind: closed, batchesInFlight: 2 }
  - { kind: cameras, cameras: [2, 4, 6], fps: 5, phases: random, maxInFlightPerCamera: 4,
      queue: { policy: drop-oldest, depth: 2 }, camerasPerClient: 2, fillDeadlineMs: 200 }
measure: { warmupMaxS: 10, durationS: 10, repetitions: 3, deadlineMs: 5000 }
slo: { latencyMs: [500, 1000], percentile: 99 }
thresholds: ["fps >= 30", "frameLatencyP99Ms < 1000", "errorRate < 0.1%"]
seed: 7
`)
  const [scenario] = loaded.entries
  expect(loaded).toMatchObject({ name: 'batch-sweep', seed: 7, overrides: [] })
  expect(loaded.hash).toMatch(/^[0-9a-f]{64}$/)
  expect(loaded.thresholds).toEqual(['fps >= 30', 'frameLatencyP99Ms < 1000', 'errorRate < 0.1%'])
  expect(scenario?.video).toMatchObject({ source: join(folder, '../fixtures/clip.mp4') })
  expect(scenario?.model).toMatchObject({ archive: join(folder, 'pose.mar') })
  expect(scenario?.server).toMatchObject([
    { kind: 'auto' },
    { kind: 'torchserve', workers: 2 },
    { kind: 'url', logFile: join(folder, 'ts_log.log') },
  ])
})

test('an absent field has its default, and the default name is the file name', async () => {
  const { name, seed, thresholds, file } = await load(good)
  expect(`${name}.yaml`).toBe(file.slice(folder.length + 1))
  expect({ seed, thresholds }).toEqual({ seed: 1, thresholds: [] })
})

test('a mistake in a threshold is shown at its line and column, inside the quotes', async () => {
  const refused = await refusal(`${good}thresholds: [ "fps >= 30", "errorRat < 1%" ]\n`)
  expect(refused).toContain(
    [
      'error: threshold: there is no metric "errorRat"',
      '  at        x.yaml:5:29',
      '',
      '   5 | thresholds: [ "fps >= 30", "errorRat < 1%" ]',
      '     |                             ^^^^^^^^',
      '',
    ].join('\n'),
  )
  expect(refused).toContain('  received  errorRat\n  remedy    Did you mean errorRate?')
})

test('all mistakes in thresholds and faults are reported at once, with those of other fields', async () => {
  const refused = await refusal(`${good}thresholds:
  - fps = 30
  - fps >= 30
  - frameLatencyP99Ms < soon
server: { kind: embedded, faults: { kil: every 50, slow: every 3 } }
seed: one
`)
  expect(refused).toContain('5 problems in x.yaml')
  for (const place of ['x.yaml:6:9', 'x.yaml:8:25', 'x.yaml:9:37', 'x.yaml:9:58', 'x.yaml:10:7'])
    expect(refused).toContain(place)
})

test.each([
  ['thresholds=["fsp > 3"]', '--set thresholds', 'there is no metric "fsp"'],
  ['server=embedded:fault.kil=every-50', '--set server', 'no fault "kil"; did you mean kill?'],
  ['server={ kind: embedded, faults: { kill: sometimes } }', '--set server', 'the fault "kill" is not valid'],
])('--set %s is refused when it is read', async (set, place, message) => {
  const refused = await refusal(good, { set: [set] })
  expect(refused).toContain(`at        ${place}`)
  expect(refused).toContain(message)
})

test('a misspelt field is one mistake: the field that was meant is not also missing', async () => {
  expect(await refusal(good.replace('video:', 'vidoe:'))).toMatch(
    /^error: unknown field vidoe; did you mean video\?\n/,
  )
  expect(await refusal(good.replace('load:', 'laod:'))).toMatch(/^error: unknown field laod/)
})

test('a version is a text: an unquoted one would lose its zero', async () => {
  const withVersion = (version: string) => `${good}model: { version: ${version} }\n`
  const text = await refusal(withVersion('2.0'))
  expect(text).toContain('model.version has the wrong type')
  expect(text).toContain('remedy    Write it in quotes: version: "2.0"')
  expect(await refusal(withVersion('["1.0", 2.0]'))).toContain('Write it in quotes: "2.0"')
  const { entries } = await load(withVersion('["1.0", "2.0"]'))
  expect(entries[0]?.model).toMatchObject({ version: ['1.0', '2.0'] })
})

test('the error of an address without its scheme says how to write it', async () => {
  expect(await refusal(good, { server: 'localhost:8080' })).toContain('Write http://localhost:8080.')
})

test('all mistakes of a file are reported at once, each with place, expectation and remedy', async () => {
  expect(
    await refusal(`video: { source: clip.mp4, size: 640 }
server: torchserv:workers=2
batching:
  mode: [server, cliemt]
  batchsize: 4
  batchSize: 0
  maxBatchDelayMs: 50ms
load:
  - { kind: closed, framesInFlight: "8" }
  - { kind: camera }
  - { kind: cameras, fps: 5, queue: { polic: queue } }
measure: { durationS: 500ms, repetitions: 1.5 }
slo:
nam: x
`),
  ).toMatchInlineSnapshot(`
    "error: 14 problems in x.yaml

    1) video.size has the wrong type
      at        x.yaml:1:34

       1 | video: { source: clip.mp4, size: 640 }
         |                                  ^^^

      expected  a size in pixels such as 640x480, 640x or x480, or source
      received  640

    2) unknown server torchserv; did you mean torchserve?
      at        x.yaml:2:9

       2 | server: torchserv:workers=2
         |         ^^^^^^^^^^^^^^^^^^^

      expected  auto, torchserve, embedded, or http://host:port
      received  torchserv:workers=2

    3) batching.mode.1 is not valid
      at        x.yaml:4:18

       4 |   mode: [server, cliemt]
         |                  ^^^^^^

      expected  one of server, client
      received  "cliemt"
      remedy    Write client.

    4) unknown field batchsize; did you mean batchSize?
      at        x.yaml:5:3

       5 |   batchsize: 4
         |   ^^^^^^^^^

      expected  one of mode, batchSize, framesPerRequest, serverBatchSize, maxBatchDelayMs, encoding
      received  batchsize
      remedy    Write batchSize in place of batchsize.

    5) batching.batchSize is too small
      at        x.yaml:6:14

       6 |   batchSize: 0
         |              ^

      expected  a number of at least 1
      received  0

    6) batching.maxBatchDelayMs has the wrong type
      at        x.yaml:7:20

       7 |   maxBatchDelayMs: 50ms
         |                    ^^^^

      expected  a number
      received  "50ms"
      remedy    Write maxBatchDelayMs: 50. The unit is part of the field's name.

    7) load.0.framesInFlight has the wrong type
      at        x.yaml:9:37

       9 |   - { kind: closed, framesInFlight: "8" }
         |                                     ^^^

      expected  a number
      received  "8"
      remedy    Write it without quotes: framesInFlight: 8

    8) load.1.kind is not valid
      at        x.yaml:10:13

      10 |   - { kind: camera }
         |             ^^^^^^

      expected  one of closed, cameras
      received  "camera"
      remedy    Write cameras.

    9) load.2.cameras is missing
      at        x.yaml:11:5

      11 |   - { kind: cameras, fps: 5, queue: { polic: queue } }
         |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

      expected  a number of cameras, or ofCeiling: their number as a share of the ceiling
      received  nothing
      remedy    Add for example \`cameras: 4\`, or \`ofCeiling: 0.8\` beside a closed load.

    10) unknown field polic; did you mean policy?
      at        x.yaml:11:39

      11 |   - { kind: cameras, fps: 5, queue: { polic: queue } }
         |                                       ^^^^^

      expected  one of policy, depth
      received  polic
      remedy    Write policy in place of polic.

    11) measure.durationS has the wrong type
      at        x.yaml:12:23

      12 | measure: { durationS: 500ms, repetitions: 1.5 }
         |                       ^^^^^

      expected  a number
      received  "500ms"
      remedy    Write durationS: 0.5. The unit is part of the field's name.

    12) measure.repetitions has the wrong type
      at        x.yaml:12:43

      12 | measure: { durationS: 500ms, repetitions: 1.5 }
         |                                           ^^^

      expected  a whole number
      received  1.5

    13) slo has the wrong type
      at        x.yaml:13:1

      13 | slo:
         | ^^^

      expected  a mapping of fields
      received  nothing

    14) unknown field nam; did you mean name?
      at        x.yaml:14:1

      14 | nam: x
         | ^^^

      expected  one of name, video, server, model, batching, load, measure, slo, thresholds, output, seed, points
      received  nam
      remedy    Write name in place of nam.
    "
  `)
})

test.each([
  ['', 'the scenario is empty', 'x.yaml:1:1'],
  ['# nothing but a comment\n', 'the scenario is empty', 'x.yaml:1:1'],
  ['\n- a\n- b\n', 'the scenario is not a mapping', 'x.yaml:2:1'],
  ['just words', 'the scenario is not a mapping', 'x.yaml:1:1'],
  [`${good}video: { source: other.mp4 }\n`, 'the same field twice', 'x.yaml:5:1'],
  [`${good}measure: { durationS: 1\n`, 'not valid YAML', 'x.yaml:5:'],
  [`${good}slo:\n\tlatencyMs: 5\n`, 'not valid YAML', 'x.yaml:6:1'],
  [`${good}slo: *unknown\n`, 'not valid YAML', 'x.yaml:5:'],
  [`${good}slo: !!js/function x\n`, 'not valid YAML', 'x.yaml:5:'],
  [`${good}---\nvideo: 1\n`, 'not valid YAML', 'x.yaml:5:1'],
])('%j is refused at its place', async (text, message, place) => {
  const refused = await refusal(text)
  expect(refused).toContain(message)
  expect(refused).toContain(place)
})

test('a missing file, a folder, or a file that is not text is rejected', async () => {
  await expect(loadScenario(join(folder, 'none.yaml'))).rejects.toMatchObject({
    exitCode: 2,
    parts: { received: 'no such file' },
  })
  await expect(loadScenario(folder)).rejects.toMatchObject({ exitCode: 2, parts: { received: 'a folder' } })
  expect(await refusal(Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0))).toContain('is not text')
})

test('aliases that expand to a huge document are rejected', async () => {
  const levels = 'abcdefghij'.split('').map(
    (name, index, all) =>
      `${name}: &${name} [${
        index === 0
          ? 'x'
          : Array(9)
              .fill(`*${all[index - 1]}`)
              .join(', ')
      }]`,
  )
  expect(await refusal(levels.join('\n'))).toContain('not valid YAML')
})

test('an anchor may be used twice', async () => {
  const { entries } = await load(`
video: &v { source: a.mp4 }
batching: { mode: server, batchSize: 4 }
load: { kind: closed }
points: [{ video: *v }, { video: { <<: *v, quality: 9 } }]
`)
  expect(entries[1]?.video).toEqual({ source: join(folder, 'a.mp4'), quality: 9 })
})

test.each([
  ['batching: { mode: hybrid, batchSize: 4 }', 'one of server, client'],
  ['batching: { batchSize: 4 }', 'batchSize alone does not define where batches are formed'],
  ['batching: { mode: server }', 'batching does not define the size of a batch'],
  [
    'batching: { mode: server, batchSize: 4, framesPerRequest: 2 }',
    'mode cannot be combined with framesPerRequest',
  ],
  [
    'batching: { batchSize: 4, framesPerRequest: 2, serverBatchSize: 2 }',
    'batchSize cannot be combined with',
  ],
  ['batching: {}', 'batching does not define the size of a batch'],
  ['points: [{ slo: { latencyMs: 1 } }]', 'batching is missing'],
])('%s does not say exactly once how frames are joined', async (batching, message) => {
  expect(await refusal(`video: { source: a }\nload: { kind: closed }\n${batching}\n`)).toContain(message)
})

test('a load must be given, by the scenario or by each of its points', async () => {
  const base = 'video: { source: a }\nbatching: { mode: server, batchSize: 4 }\n'
  expect(await refusal(base)).toContain('load is missing')
  expect(await refusal(`${base}points: [{ load: { kind: closed } }, {}]\n`)).toContain('load is missing')
  await load(`${base}points: [{ load: { kind: closed } }]\n`)
})

test('framesInFlight and batchesInFlight exclude each other', async () => {
  const text = good.replace('framesInFlight: 8', 'framesInFlight: 8, batchesInFlight: 2')
  expect(await refusal(text)).toContain('framesInFlight and batchesInFlight cannot be combined')
})

test('a token in place of a variable name, or a password in an address, is never shown', async () => {
  const token = await refusal(
    `${good}server: { kind: url, inferenceUrl: http://h, tokenEnv: s3cr3t-t0ken }\n`,
  )
  expect(token).toContain('tokenEnv is not the name of an environment variable')
  const password = await refusal(`${good}server: http://user:s3cr3t@host:8080\n`)
  expect(password).toContain('a server address must not contain credentials')
  const broken = await refusal(`${good}server: { kind: url, inferenceUrl: "h//user:s3cr3t@h" }\n`)
  for (const text of [token, password, broken]) expect(text).not.toContain('s3cr3t')
})

test('an archive is a path or a plain http address, which stays as it is', async () => {
  const {
    entries: [scenario],
  } = await load(`${good}model: { archive: [https://host/pose.mar, pose.tar.gz] }\n`)
  expect(scenario!.model).toMatchObject({ archive: ['https://host/pose.mar', join(folder, 'pose.tar.gz')] })
  const refused = (archive: string) => refusal(`${good}model: { archive: "${archive}" }\n`)
  expect(await refused('s3://bucket/pose.mar')).toContain('Download it, and write the path of the file.')
  expect(await refused('file:///models/pose.mar')).toContain('Write its path.')
  for (const address of ['https://user:s3cr3t@host/a.mar', 'https://host/a.mar?X-Amz-Signature=s3cr3t']) {
    const text = await refused(address)
    expect(text).toContain('must not contain credentials, a query or a fragment')
    expect(text).not.toContain('s3cr3t')
  }
})

test('manage needs the address of the management API', async () => {
  const text = `${good}server: { kind: url, inferenceUrl: http://h, manage: true }\n`
  expect(await refusal(text)).toContain('manage needs the address of the management API')
})

test('config and env of a managed server are swept like all else, and --set reaches them', async () => {
  const {
    entries: [swept],
  } = await load(
    `${good}server: { kind: torchserve, config: { job_queue_size: [100, 1000] }, env: { A: x } }\n`,
  )
  expect(swept!.server).toMatchObject({ config: { job_queue_size: [100, 1000] }, env: { A: 'x' } })
  const {
    entries: [set],
  } = await load(`${good}server: torchserve:workers=2\n`, { set: ['server.config.job_queue_size=[1, 2]'] })
  expect(set!.server).toEqual({ kind: 'torchserve', workers: 2, config: { job_queue_size: [1, 2] } })
  const {
    entries: [both],
  } = await load(good, { server: 'torchserve', set: ['server.env.OMP_NUM_THREADS=1'] })
  expect(both!.server).toEqual({ kind: 'torchserve', env: { OMP_NUM_THREADS: 1 } })
})

test('a setting that Framestorm makes itself, or that TorchServe does not have, is refused at its place', async () => {
  const server = (fields: string) => `${good}server: { kind: torchserve, ${fields} }\n`
  const both = await refusal(server('config: { job_queue_sise: [1, 2], metrics_mode: log }'))
  expect(both).toContain('TorchServe has no setting job_queue_sise; did you mean job_queue_size?')
  expect(both).toContain('Write job_queue_size in place of job_queue_sise.')
  expect(both).toContain('metrics_mode cannot be set on a managed server')
  expect(both).toContain('2 problems')
  expect(await refusal(server('config: { job_queue_size: { a: 1 } }'))).toContain('job_queue_size')
  expect(await refusal(server('config: [1]'))).toContain('config')
  expect(await refusal(server('env: { TS_JOB_QUEUE_SIZE: 5 }'))).toContain(
    'Write the setting in server.config.',
  )
  expect(await refusal(server('env: { 1A: 5 }'))).toContain('not an environment variable')
  expect(await refusal(server('requirements: r.txt, python: venv'))).toContain(
    'a server has either requirements or python',
  )
  expect(await refusal(server('requirements: ""'))).toContain('requirements is empty')
  expect(await refusal(`${good}measure: { firstRequestS: 0 }\n`)).toContain('firstRequestS is too small')
  expect(await refusal(`${good}measure: { firstRequestS: 60s }\n`)).toContain('Write firstRequestS: 60.')
})

test('a secret in the environment of a server is a reference, and a value is never shown', async () => {
  const server = (env: string) => `${good}server: { kind: torchserve, env: { ${env} } }\n`
  const literal = await refusal(server('HF_TOKEN: s3cr3t'))
  expect(literal).toContain('Write HF_TOKEN: $env:HF_TOKEN')
  const broken = await refusal(server('HF_TOKEN: "$env:s3cr3t-x"'))
  const beside = await refusal(server('HF_TOKEN: s3cr3t, TS_X: 1'))
  expect(beside).toContain('2 problems')
  for (const text of [literal, broken, beside]) expect(text).not.toContain('s3cr3t')
  await load(server('HF_TOKEN: $env:HF_TOKEN, OMP_NUM_THREADS: [1, 2]'))
})

test('--set reaches every field, also in lists, and adds missing fields', async () => {
  const text = good.replace(
    /load: .*/,
    'load: [{ kind: closed, framesInFlight: 8 }, { kind: cameras, cameras: 2, fps: 5 }]',
  )
  const {
    entries: [scenario],
    overrides,
    name,
  } = await load(text, {
    set: [
      'load.1.fps=10',
      'load.2={ kind: cameras, cameras: 9, fps: 1 }',
      'batching.batchSize=[2, 4]',
      'batching.batchSize.1=8',
      'slo.latencyMs=300',
      'measure.repetitions=1',
      'load.1.queue.policy=drop-oldest',
      'name=other = name',
    ],
  })
  expect(name).toBe('other = name')
  expect(scenario).toMatchObject({
    load: [{ framesInFlight: 8 }, { cameras: 2, fps: 10, queue: { policy: 'drop-oldest' } }, { cameras: 9 }],
    batching: { mode: 'server', batchSize: [2, 8] },
    slo: { latencyMs: 300 },
    measure: { repetitions: 1 },
  })
  expect(overrides[0]).toBe('--set load.1.fps=10')
})

test('--set field=null removes a field', async () => {
  const {
    entries: [scenario],
  } = await load(`${good}slo: { latencyMs: 5 }\n`, {
    set: ['slo=null', 'load.framesInFlight='],
  })
  expect(scenario?.slo).toBeUndefined()
  expect(scenario?.load).toEqual({ kind: 'closed' })
})

test.each([
  ['load.fps=ten', 'unknown field fps'],
  ['measure.durationS=ten', '--set measure.durationS'],
  ['measure.duration=10', 'unknown field duration; did you mean durationS?'],
  ['measure=10', 'measure has the wrong type'],
  ['video.source.file=x', 'video.source has no fields'],
  ['batching.batchSize=[1', 'not valid YAML'],
  ['batching', '--set needs a field and a value'],
  ['=3', '--set needs a field and a value'],
  ['batching..batchSize=3', '--set needs a field and a value'],
  ['video=null', 'video is missing'],
])('--set %s is refused at the flag', async (set, message) => {
  expect(await refusal(good, { set: [set] })).toContain(message)
})

test('--set cannot reach beyond the scenario', async () => {
  await load(good, { set: ['__proto__.polluted=1'] })
  await refusal(good, { set: ['constructor.prototype.polluted=1'] })
  expect({}).not.toHaveProperty('polluted')
})

test('--set names the elements of a list if the index is missing', async () => {
  const text = good.replace(/load: (.*)/, 'load: [$1, $1]')
  expect(await refusal(text, { set: ['load.fps=10'] })).toMatchInlineSnapshot(`
    "error: load is a list of 2 elements and has no element fps
      at        --set load.fps

      load.fps=10
      ^^^^^^^^

      remedy    Use load.0, load.1, or load.2 for a new element."
  `)
})

test('the caret of a flag stands under its value', async () => {
  expect(await refusal(good, { set: ['measure.durationS=10s'] })).toMatchInlineSnapshot(`
    "error: measure.durationS has the wrong type
      at        --set measure.durationS

      measure.durationS=10s
                        ^^^

      expected  a number
      received  "10s"
      remedy    Write durationS: 10. The unit is part of the field's name."
  `)
})

test('--server replaces the server of the scenario', async () => {
  const text = `${good}server: [torchserve, { kind: url, inferenceUrl: http://h }]\n`
  const {
    entries: [scenario],
    overrides,
  } = await load(text, { server: 'embedded:tau=1ms' })
  expect(scenario?.server).toMatchObject({ kind: 'embedded', tauMs: 1 })
  expect(overrides).toEqual(['--server embedded:tau=1ms'])
  expect(await refusal(text, { server: 'embeded' })).toMatchInlineSnapshot(`
    "error: unknown server embeded; did you mean embedded?
      at        --server

      --server embeded
               ^^^^^^^

      expected  auto, torchserve, embedded, or http://host:port
      received  embeded"
  `)
})

test('an error in a server names the flag that contains it', async () => {
  expect(await refusal(good, { server: 'embeded', serverFlag: '--baseline' })).toContain(
    'at        --baseline\n\n  --baseline embeded\n             ^^^^^^^',
  )
})

test('paths are relative to the folder of the file, or on the command line to the working directory', async () => {
  const {
    entries: [scenario],
  } = await load(`${good}model: { weights: w.pt }\n`, {
    set: ['model.archive=m.mar'],
    server: 'torchserve:handler=h.py',
  })
  expect(scenario?.model).toEqual({ weights: join(folder, 'w.pt'), archive: join(process.cwd(), 'm.mar') })
  expect(scenario?.server).toMatchObject({ handler: join(process.cwd(), 'h.py') })
})

test.each(['rtsp://cam/1', 'https://h/clip.mp4', '/dev/video0', 'testsrc', '0'])(
  'video source %s is no path of the scenario',
  async (source) => {
    const {
      entries: [scenario],
    } = await load(good.replace('clip.mp4', JSON.stringify(source)))
    expect(scenario?.video).toEqual({ source })
  },
)

test('the hash identifies what is measured: not layout, order of fields or comments, but every value', async () => {
  const same =
    '# comment\nload: {framesInFlight: 8, kind: closed}\nbatching: {mode: server, batchSize: 4}\nvideo:\n  source: clip.mp4'
  expect(await hash(same)).toBe(await hash(good))
  expect(await hash(good.replace('8', '16'))).not.toBe(await hash(good))
  expect(await hash(good, { server: 'embedded' })).not.toBe(await hash(good))
  expect(await hash(good, { set: ['load.framesInFlight=16'] })).toBe(await hash(good.replace('8', '16')))
})

async function hash(text: string, overrides?: ScenarioOverrides): Promise<string> {
  return (await load(text, overrides)).hash
}

test.each([
  ['answer=autp', 'model.answer is not valid', 'Write auto.'],
  ['answer=list', 'model.answer is not valid', 'Write `answer: { list: /predictions }`'],
  ['answer=perRequest', 'model.answer is not valid', 'Write `answer: { perRequest: true }`.'],
  ['answer=/boxes', 'model.answer is not valid', 'Write `answer: { list: /boxes }`'],
  [
    'answer=json',
    'model.answer is not valid',
    'auto, none, { list: /predictions } (one result per frame) or',
  ],
  ['answer=[auto, none]', 'model.answer has the wrong type', '{ perRequest: true } (one result per request)'],
  ['answer={ list: [] }', 'model.answer.list has the wrong type', 'a JSON pointer (RFC 6901)'],
  ['answer={ list: predictions }', 'model.answer.list is not valid', 'a JSON pointer (RFC 6901)'],
  ['answer={ list: $.data.boxes }', 'model.answer.list is not valid', 'Write /data/boxes.'],
  ['answer={ list: /a, perRequest: true }', 'has both list and perRequest', 'Keep the one'],
  ['answer={ perRequest: 1 }', 'model.answer.perRequest is not valid', 'expected  true'],
  ['answer={ lst: /a }', 'unknown field lst; did you mean list?', 'Write list in place of lst.'],
  ['sameAnswer={ ignore: [time] }', 'model.sameAnswer.ignore.0 is not valid', 'such as /time or /boxes/*/id'],
  ['sameAnswer={ ignore: /time }', 'model.sameAnswer.ignore has the wrong type', 'ignore: [/time]'],
  ['sameAnswer={ ignore: [3] }', 'model.sameAnswer.ignore.0 has the wrong type', 'such as /time'],
  ['sameAnswer={ tolerance: .inf }', 'model.sameAnswer.tolerance has the wrong type', 'received  Infinity'],
  ['version=a/b', 'model.version is not valid', 'letters, digits, dot'],
  ['version=2.0', 'model.version has the wrong type', 'Write it in quotes: version: "2.0"'],
  ['version=["1.0", 2.0]', 'model.version.1 has the wrong type', 'Write it in quotes: "2.0"'],
  ['sameAnswer={ tolerance: 0 }', 'model.sameAnswer.tolerance is too small', 'a number above 0'],
])('--set model.%s is refused with what was expected', async (set, message, words) => {
  const refused = await refusal(good, { set: [`model.${set}`] })
  expect(refused).toContain(message)
  expect(refused).toContain(words)
  expect(refused).toMatch(/\n {2}received {2}/)
})
