import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { embeddedDefaults } from '../server/embedded/embedded-config.js'
import { EmbeddedServer } from '../server/embedded/embedded-server.js'
import { framestormHere, temporaryFolder, type Ended } from './testing/framestorm.test.support.js'
import { writeScenario } from './testing/small-scenario.test.support.js'

/** Values that no output may show. */
const secrets = { apiKey: 'k-7f3e-secret', tenant: 'tenant-literal-secret' }

interface Protected {
  inferenceUrl: string
  managementUrl: string
  keyFile: string
  keys: { inference: string; management: string }
}

const closing: (() => Promise<unknown>)[] = []
let one: Protected
let two: Protected

beforeAll(async () => {
  one = await protectedServer()
  two = await protectedServer()
})
afterAll(() => Promise.all(closing.map((close) => close())))

/** A server with tokens that serves resnet-18 in batches of two. */
async function protectedServer(): Promise<Protected> {
  const folder = await temporaryFolderOfFile()
  const keyFile = join(folder, 'key_file.json')
  const archive = {
    file: 'm.mar',
    modelName: 'resnet-18',
    service: { tauMs: 2, alphaMs: 1, jitter: 0 },
    faults: [],
  }
  const server = new EmbeddedServer({ ...embeddedDefaults, archives: [archive], keyFile })
  closing.push(() => server.close())
  const ports = await server.open()
  const model = server.register({
    url: 'm.mar',
    serverBatchSize: 2,
    maxBatchDelayMs: 10,
    responseTimeoutS: 60,
  })
  model.scaleTo(1)
  await model.whenReady()
  const key = z.object({ key: z.string() })
  const { inference, management } = z
    .object({ inference: key, management: key })
    .parse(JSON.parse(await readFile(keyFile, 'utf8')))
  return {
    inferenceUrl: `http://127.0.0.1:${ports.inferencePort}`,
    managementUrl: `http://127.0.0.1:${ports.managementPort}`,
    keyFile,
    keys: { inference: inference.key, management: management.key },
  }
}

let folders = 0
const root = `${process.env['TMPDIR'] ?? '/tmp'}/framestorm-protected-${process.pid}`
async function temporaryFolderOfFile(): Promise<string> {
  const folder = join(root, String(folders++))
  await mkdir(folder, { recursive: true })
  return folder
}

/** Everything that a command has written: its terminal and the files of its folder. */
async function outputs(ended: Ended, folder?: string): Promise<string> {
  const files =
    folder === undefined
      ? []
      : (await readdir(folder, { recursive: true, withFileTypes: true })).filter((f) => f.isFile())
  const texts = await Promise.all(files.map((file) => readFile(join(file.parentPath, file.name), 'latin1')))
  return [ended.stdout, ended.stderr, ...texts].join('\n')
}

function expectNoSecret(text: string): void {
  for (const secret of [...Object.values(secrets), ...Object.values(one.keys), ...Object.values(two.keys)])
    expect(text).not.toContain(secret)
}

const env = { GATEWAY_KEY: secrets.apiKey }

test('no token and no value of a header is in a file or on the terminal, and --resume reads them again', async () => {
  const folder = await temporaryFolder()
  const server = `server: { kind: url, inferenceUrl: '${one.inferenceUrl}', tokenFile: '${one.keyFile}', headers: { x-api-key: $env:GATEWAY_KEY, x-tenant: ${secrets.tenant} } }`
  const scenario = await writeScenario(folder, {
    'server: embedded:tau=2ms,alpha=1ms': server,
    'mode: [server, client]': 'mode: server',
    'repetitions: 1': 'repetitions: 2',
  })
  const out = join(folder, 'run')
  const dry = await framestormHere(['bench', scenario, '--dry-run'], { env })
  expect(dry.code).toBe(0)
  expectNoSecret(await outputs(dry))

  const ended = await framestormHere(['bench', scenario, '--out', out, '--json'], { env })
  expect(ended.stderr).not.toContain('error:')
  expectNoSecret(await outputs(ended, out))
  const manifest = await readFile(join(out, 'run.json'), 'utf8')
  expect(manifest).toContain('"x-api-key": "$env:GATEWAY_KEY"')
  expect(manifest).toContain('"x-tenant": "***"')

  // One repetition is missing, as after an interruption.
  const run = z.looseObject({ measurements: z.array(z.unknown()) }).parse(JSON.parse(manifest))
  await writeFile(
    join(out, 'run.json'),
    JSON.stringify({ ...run, measurements: run.measurements.slice(0, 1) }),
  )
  const elsewhere = await framestormHere(['bench', '--resume', out], { env, cwd: await temporaryFolder() })
  expect(elsewhere.code).toBe(2)
  expect(elsewhere.stderr).toContain('the values of the headers x-tenant are not saved')
  const unset = await framestormHere(['bench', '--resume', out], {
    env: { GATEWAY_KEY: undefined },
    cwd: folder,
  })
  expect(unset.code).toBe(3)
  expect(unset.stderr).toContain('the environment variable GATEWAY_KEY is not set')
  const resumed = await framestormHere(['bench', '--resume', out], { env, cwd: folder })
  expect([0, 4]).toContain(resumed.code)
  expectNoSecret(await outputs(resumed, out))
}, 240_000)

test('local agents send the variables of the scenario, and no message or file has a value of them', async () => {
  const folder = await temporaryFolder()
  const server = `server: { kind: url, inferenceUrl: '${one.inferenceUrl}', tokenEnv: ONE, headers: { x-api-key: $env:GATEWAY_KEY } }`
  const scenario = await writeScenario(folder, {
    'server: embedded:tau=2ms,alpha=1ms': server,
    'mode: [server, client]': 'mode: server',
  })
  const out = join(folder, 'run')
  const ended = await framestormHere(['bench', scenario, '--agents', 'local:2', '--out', out, '--json'], {
    env: { ...env, ONE: one.keys.inference },
  })
  expect(ended.stderr).not.toContain('error:')
  // The server refuses requests without the token.
  const manifest = await readFile(join(out, 'run.json'), 'utf8')
  expect(manifest).toContain('"site": "local-2"')
  expect(manifest).not.toContain('"httpStatus": 40')
  expect([0, 4]).toContain(ended.code)
  expectNoSecret(await outputs(ended, out))
}, 240_000)

test('gate takes two protected servers as bench takes one: fields after an address, and a file', async () => {
  const folder = await temporaryFolder()
  const scenario = await writeScenario(folder, { 'mode: [server, client]': 'mode: server' })
  const file = join(folder, 'candidate.yaml')
  await writeFile(
    file,
    `kind: url\ninferenceUrl: ${two.inferenceUrl}\nmanagementUrl: ${two.managementUrl}\ntokenFile: ${two.keyFile}\nmanage: true\nheaders:\n  x-tenant: ${secrets.tenant}\n`,
  )
  const out = join(folder, 'gate')
  const baseline = `${one.inferenceUrl},managementUrl=${one.managementUrl},tokenEnv=ONE,manage=true,headers.x-api-key=${secrets.apiKey}`
  const args = [
    'gate',
    scenario,
    '--baseline',
    baseline,
    '--candidate',
    file,
    '--metrics',
    'fps:50%',
    // One pair: the verdict does not matter here.
    '--budget',
    '1s',
    '--out',
    out,
  ]
  const ended = await framestormHere(args, {
    env: { ONE: one.keys.inference, ONE_MANAGEMENT: one.keys.management },
  })
  expect(ended.stderr).not.toContain('error:')
  expect([0, 1, 5]).toContain(ended.code)
  const written = await outputs(ended, out)
  expectNoSecret(written)
  expect(written).toContain('headers.x-api-key=***')
}, 240_000)

test('an error shows neither a header nor the fields around it', async () => {
  const folder = await temporaryFolder()
  const mistakes: [string, string][] = [
    [
      `{ kind: url, inferenceUrl: 'http://h', headers: { x-api-key: ${secrets.apiKey} }, mange: true }`,
      'unknown field mange',
    ],
    [
      `{ kind: url, inferenceUrl: 'http://h', headers: ${secrets.apiKey} }`,
      'server.headers has the wrong type',
    ],
    [`{ kind: url, inferenceUrl: 'http://h', headers: { x-api-key: [${secrets.apiKey}] } }`, 'x-api-key'],
    [
      `{ kind: url, inferenceUrl: 'http://h', header: { x-api-key: ${secrets.apiKey} } }`,
      'unknown field header',
    ],
    [
      `{ kind: url, inferenceUrl: 'http://h', headers: { 'x api': ${secrets.apiKey} } }`,
      'not the name of a header',
    ],
    [
      `{ kind: url, inferenceUrl: 'http://h', headers: { content-type: ${secrets.apiKey} } }`,
      'cannot be set',
    ],
    [`{ kind: url, inferenceUrl: 'http://h', headers: { x-api-key: $${secrets.apiKey} } }`, '$env:NAME'],
    [`{ kind: url, inferenceUrl: 'http://h', headers: { x-api-key: "${secrets.apiKey}é" } }`, 'U+00E9'],
    [
      `{ kind: url, inferenceUrl: 'http://h', tokenEnv: ${secrets.apiKey} }`,
      'not the name of an environment variable',
    ],
    [
      `http://h,headers.x-api-key=${secrets.apiKey},mange=true`,
      'unknown field mange of a server; did you mean manage?',
    ],
    [`http://h,headers.x-api-key=${secrets.apiKey},manage=yes`, 'true or false'],
    [`http://h,headers.x-api-key=${secrets.apiKey},manage=true`, 'manage needs the address'],
    [`localhost:8080,headers.x-api-key=${secrets.apiKey}`, 'Write http://localhost:8080.'],
  ]
  for (const [server, text] of mistakes) {
    const scenario = await writeScenario(folder, { 'embedded:tau=2ms,alpha=1ms': server })
    const ended = await framestormHere(['bench', scenario, '--dry-run'])
    expect(ended.code).toBe(2)
    expect(ended.stderr).toContain(text)
    expectNoSecret(await outputs(ended))
  }
}, 240_000)

test('a redirect is refused at the start with the address to give', async () => {
  const gateway = createServer((request, response) => {
    response.writeHead(308, { location: `${one.inferenceUrl}${request.url}` }).end()
  })
  await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve))
  closing.push(() => new Promise((resolve) => gateway.close(resolve)))
  const address = gateway.address()
  const port = typeof address === 'object' ? address?.port : 0
  const folder = await temporaryFolder()
  const scenario = await writeScenario(folder)
  for (const ready of ['', ',ready=none']) {
    const ended = await framestormHere(['bench', scenario, '--server', `http://127.0.0.1:${port}${ready}`])
    expect(ended.code).toBe(3)
    expect(ended.stderr).toContain('does not follow redirects')
    expect(ended.stderr).toContain(`Set server.inferenceUrl to ${one.inferenceUrl}.`)
  }
}, 240_000)
