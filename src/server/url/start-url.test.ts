import { mkdtempSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'

import type { ModelSettings, UrlSettings } from '../../scenario/plan/plan.js'
import { embeddedDefaults, type EmbeddedConfig } from '../embedded/embedded-config.js'
import { EmbeddedServer } from '../embedded/embedded-server.js'
import { unusedPort } from '../../system/unused-port.test.support.js'
import { describeVersions } from '../management/describe-model.js'
import { registerModel } from '../management/register-model.js'
import type { RunningServer, ServerBatching } from '../running-server.js'
import { startUrl } from './start-url.js'
import { restoreEnvironmentAfterEach } from '../../system/restore-environment.test.support.js'

const model: ModelSettings = {
  name: 'pose',
  weights: 'seeded',
  request: { field: '{i}', json: 'object' },
  answer: 'none',
}
const archive = {
  file: 'pose.mar',
  modelName: 'pose',
  service: { tauMs: 1, alphaMs: 1, jitter: 0 },
  faults: [],
}
const four: ServerBatching = { serverBatchSize: 4, maxBatchDelayMs: 50, workers: 1 }
const eight: ServerBatching = { serverBatchSize: 8, maxBatchDelayMs: 50, workers: 1 }
const signal = new AbortController().signal

async function start(settings: UrlSettings): Promise<RunningServer> {
  return await startUrl(settings, model, { batching: four, signal })
}

const closing: (() => Promise<unknown>)[] = []

restoreEnvironmentAfterEach()

beforeEach(() => {
  // What is to be restored is kept in the cache.
  process.env['FRAMESTORM_HOME'] = mkdtempSync(join(tmpdir(), 'url-home-'))
})

afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()))
})

/** Somebody's server with the model in batches of four; `own` changes its configuration. */
async function somebodysServer(own: Partial<EmbeddedConfig> = {}) {
  const server = new EmbeddedServer({ ...embeddedDefaults, archives: [archive], ...own })
  closing.push(() => server.close())
  const ports = await server.open()
  const registered = server.register({
    url: 'pose.mar',
    serverBatchSize: 4,
    maxBatchDelayMs: 50,
    responseTimeoutS: 77,
  })
  registered.scaleTo(2)
  await registered.whenReady()
  const managementUrl = `http://127.0.0.1:${ports.managementPort}`
  const inferenceUrl = `http://127.0.0.1:${ports.inferencePort}`
  const found = async () => {
    const [description] = await describeVersions({ name: 'management', url: managementUrl }, 'pose')
    const { serverBatchSize, maxBatchDelayMs, minWorkers, responseTimeoutS } = description!
    return { serverBatchSize, maxBatchDelayMs, minWorkers, responseTimeoutS }
  }
  return { server, inferenceUrl, managementUrl, found }
}

/** A server that gives one JSON answer to everything. */
async function answering(status: number, body: unknown): Promise<string> {
  const server: Server = createServer((_, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => new Promise((resolve) => server.close(resolve)))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no TCP server')
  return `http://127.0.0.1:${address.port}`
}

const url = (
  settings: Omit<UrlSettings, 'kind' | 'api' | 'manage'> & Partial<Pick<UrlSettings, 'api' | 'manage'>>,
): UrlSettings => ({
  kind: 'url',
  api: 'torchserve',
  manage: false,
  ...settings,
})

test('with manage: true, sets what each point needs and restores everything', async () => {
  const { inferenceUrl, managementUrl, found } = await somebodysServer()
  const before = await found()
  const server = await startUrl(url({ inferenceUrl, managementUrl, manage: true }), model, {
    batching: eight,
    signal,
  })
  expect(await found()).toEqual({ ...before, serverBatchSize: 8 })
  await server.configure({ serverBatchSize: 1, workers: 1 })
  expect(await found()).toEqual({ ...before, serverBatchSize: 1 })
  await server.stop()
  expect(await found()).toEqual(before)
  await server.stop()
  expect(await found()).toEqual(before)
})

/** That server with a second version of the model, which is not the default one. */
async function serverWithTwoVersions() {
  const second = { ...archive, file: 'pose-2.mar', version: '2.0' }
  const found = await somebodysServer({ archives: [archive, second] })
  const registered = found.server.register({
    url: 'pose-2.mar',
    serverBatchSize: 2,
    maxBatchDelayMs: 10,
    responseTimeoutS: 77,
  })
  registered.scaleTo(1)
  await registered.whenReady()
  const batchSizes = () =>
    found.server.models.versionsOf('pose').map(({ settings }) => settings.serverBatchSize)
  return { ...found, batchSizes }
}

test('a version is requested, described and configured, and the default version is left alone', async () => {
  const { inferenceUrl, managementUrl, batchSizes } = await serverWithTwoVersions()
  const server = await startUrl(
    url({ inferenceUrl, managementUrl, manage: true }),
    { ...model, version: '2.0' },
    { batching: eight, signal },
  )
  expect(server.endpoint.path).toBe('/predictions/pose/2.0')
  expect(await server.describe?.()).toMatchObject({ modelVersion: '2.0', serverBatchSize: 8 })
  expect(batchSizes()).toEqual([4, 8])
  await server.stop()
  expect(batchSizes()).toEqual([4, 2])
})

test('without manage, the settings of the requested version count', async () => {
  const { inferenceUrl, managementUrl } = await serverWithTwoVersions()
  const startVersion = (version: string) =>
    startUrl(url({ inferenceUrl, managementUrl }), { ...model, version }, { batching: four, signal })
  await expect(startVersion('1.0')).resolves.toBeDefined()
  await expect(startVersion('2.0')).rejects.toThrow('batch settings differ')
})

test('a version that is not there is refused, with those that are, or without a management API by name', async () => {
  const { inferenceUrl, managementUrl } = await serverWithTwoVersions()
  const third = { ...model, version: '3.0' }
  await expect(
    startUrl(url({ inferenceUrl, managementUrl }), third, { batching: four, signal }),
  ).rejects.toMatchObject({
    message: 'the server has no version 3.0 of pose',
    parts: { received: '1.0, 2.0' },
    exitCode: 3,
  })
  await expect(startUrl(url({ inferenceUrl }), third, { batching: four, signal })).rejects.toThrow(
    'the server has no version 3.0 of pose',
  )
})

test('what is registered already is not registered again', async () => {
  const { server: theirs, inferenceUrl, managementUrl } = await somebodysServer()
  const workers = [...theirs.models.find('pose').workerIds]
  const server = await startUrl(url({ inferenceUrl, managementUrl, manage: true }), model, {
    batching: four,
    signal,
  })
  await server.stop()
  expect(theirs.models.find('pose').workerIds).toEqual(workers)
})

test('an abort in the middle of a change puts the owner’s settings back', async () => {
  const { inferenceUrl, managementUrl, found } = await somebodysServer({ workerLoadMs: 300 })
  const before = await found()
  const abort = new AbortController()
  const server = await startUrl(url({ inferenceUrl, managementUrl, manage: true }), model, {
    batching: four,
    signal: abort.signal,
  })
  const changing = server.configure(eight)
  const untilChanging = async () => {
    while ((await found().catch(() => undefined))?.serverBatchSize !== 8) await new Promise(setImmediate)
  }
  await untilChanging()
  abort.abort(new Error('enough'))
  await expect(changing).rejects.toThrow('enough')
  await server.stop()
  expect(await found()).toEqual(before)
})

test('with manage: false, it accepts settings that fit and refuses others', async () => {
  const { inferenceUrl, managementUrl, found } = await somebodysServer()
  const settings = url({ inferenceUrl, managementUrl })
  const server = await startUrl(settings, model, { batching: four, signal })
  expect(server.identity.details['batching']).toBe('as configured on the server')
  await expect(startUrl(settings, model, { batching: eight, signal })).rejects.toMatchObject({
    exitCode: 2,
    parts: {
      received: 'batch size 4, max batch delay 50 ms',
      remedy: expect.stringContaining('manage: true'),
    },
  })
  await expect(server.configure(eight)).rejects.toMatchObject({ exitCode: 2 })
  expect((await found()).serverBatchSize).toBe(4)
})

test('without a management address the first settings are trusted, others refused', async () => {
  const { inferenceUrl } = await somebodysServer()
  const server = await startUrl(url({ inferenceUrl }), model, { batching: four, signal })
  expect(server.identity.details['batching']).toContain('not checked')
  await server.configure(four)
  await expect(server.configure(eight)).rejects.toMatchObject({ exitCode: 2 })
})

test('the error of a wrong model name lists the names of the server', async () => {
  const { inferenceUrl, managementUrl } = await somebodysServer()
  const starting = startUrl(
    url({ inferenceUrl, managementUrl }),
    { ...model, name: 'face' },
    { batching: four, signal },
  )
  await expect(starting).rejects.toMatchObject({ exitCode: 3, parts: { expected: 'face', received: 'pose' } })
})

test('a model in several versions is left alone', async () => {
  const second = { ...archive, file: 'pose-2.mar', version: '2.0' }
  const {
    server: theirs,
    inferenceUrl,
    managementUrl,
  } = await somebodysServer({ archives: [archive, second] })
  theirs.register({ url: 'pose-2.mar', serverBatchSize: 4, maxBatchDelayMs: 50, responseTimeoutS: 77 })
  const starting = startUrl(url({ inferenceUrl, managementUrl, manage: true }), model, {
    batching: eight,
    signal,
  })
  await expect(starting).rejects.toMatchObject({
    exitCode: 3,
    message: expect.stringContaining('several versions'),
  })
  expect(theirs.models.versionsOf('pose')).toHaveLength(2)
})

test('a server whose model API is off says how to turn it on, and keeps its model', async () => {
  const { inferenceUrl, managementUrl, found } = await somebodysServer({ enableModelApi: false })
  const starting = startUrl(url({ inferenceUrl, managementUrl, manage: true }), model, {
    batching: eight,
    signal,
  })
  await expect(starting).rejects.toMatchObject({
    exitCode: 3,
    message: 'the server could not unregister pose',
    parts: { remedy: expect.stringContaining('--enable-model-api') },
  })
  expect((await found()).serverBatchSize).toBe(4)
})

test('tokens: required, wrong, given, one for each API, never printed', async () => {
  const keyFile = join(mkdtempSync(join(tmpdir(), 'keys-')), 'key_file.json')
  const { inferenceUrl, managementUrl } = await somebodysServer({ keyFile })
  const key = z.object({ key: z.string() })
  const keys = z.object({ inference: key, management: key }).parse(JSON.parse(readFileSync(keyFile, 'utf8')))
  const settings = url({ inferenceUrl, managementUrl, tokenEnv: 'SOME_TOKEN' })

  await expect(start(url({ inferenceUrl }))).rejects.toMatchObject({
    exitCode: 3,
    parts: { received: expect.stringContaining('no token was given') },
  })
  await expect(start(settings)).rejects.toMatchObject({
    exitCode: 3,
    message: expect.stringContaining('SOME_TOKEN'),
  })

  process.env['SOME_TOKEN'] = 'an-old-one'
  const refused: unknown = await start(settings).catch((error: unknown) => error)
  expect(refused).toMatchObject({ exitCode: 3, parts: { received: expect.stringContaining('60 minutes') } })
  expect(JSON.stringify(refused)).not.toContain('an-old-one')

  process.env['SOME_TOKEN'] = keys.inference.key
  process.env['SOME_TOKEN_MANAGEMENT'] = keys.management.key
  const server = await start(settings)
  expect(server.endpoint.tokenEnv).toBe('SOME_TOKEN')
  expect(JSON.stringify(server)).not.toContain(keys.inference.key)
})

test('no server there is an environment error that says where and why', async () => {
  const port = await unusedPort()
  const starting = startUrl(url({ inferenceUrl: `http://127.0.0.1:${port}` }), model, {
    batching: four,
    signal,
  })
  await expect(starting).rejects.toMatchObject({
    exitCode: 3,
    parts: { where: expect.stringContaining(`127.0.0.1:${port}`), received: 'ECONNREFUSED' },
  })
})

test('another kind of server is distinguished from a TorchServe', async () => {
  const inferenceUrl = await answering(404, { error: 'not found' })
  await expect(startUrl(url({ inferenceUrl }), model, { batching: four, signal })).rejects.toMatchObject({
    exitCode: 3,
    message: expect.stringContaining('not the inference API'),
  })
  const { inferenceUrl: right } = await somebodysServer()
  const managementUrl = await answering(200, { hello: 'world' })
  await expect(
    startUrl(url({ inferenceUrl: right, managementUrl }), model, { batching: four, signal }),
  ).rejects.toThrow('not the management API')
})

test('another version of TorchServe is noted, not refused', async () => {
  const inferenceUrl = await answering(200, { info: { title: 'TorchServe APIs', version: '0.9.0' } })
  const server = await startUrl(url({ inferenceUrl }), model, { batching: four, signal })
  expect(server.identity).toMatchObject({ kind: 'url', version: '0.9.0' })
  expect(server.identity.details['notes']).toContain('0.9.0')
})

test('our own embedded server, addressed by URL, still says that it is a simulation', async () => {
  const { inferenceUrl } = await somebodysServer()
  const { identity } = await startUrl(url({ inferenceUrl }), model, { batching: four, signal })
  expect(identity.kind).toBe('embedded')
  expect(identity.label).toContain('simulated')
})

test('manage without a management address, and a log that is not there, are refused at once', async () => {
  const inferenceUrl = 'http://127.0.0.1:1'
  await expect(
    startUrl(url({ inferenceUrl, manage: true }), model, { batching: four, signal }),
  ).rejects.toMatchObject({
    exitCode: 2,
  })
  await expect(
    startUrl(url({ inferenceUrl, logFile: '/no/ts_log.log' }), model, { batching: four, signal }),
  ).rejects.toMatchObject({ exitCode: 3, parts: { where: '/no/ts_log.log' } })
})

test('an archive that the server does not have is refused in its own words', async () => {
  const { managementUrl, found } = await somebodysServer()
  const before = await found()
  const api = { name: 'management', url: managementUrl } as const
  const wrong = registerModel(api, {
    modelName: 'other',
    modelUrl: 'none.mar',
    serverBatchSize: 1,
    workers: 1,
  })
  await expect(wrong).rejects.toMatchObject({
    exitCode: 3,
    parts: { received: expect.stringContaining('404') },
  })
  expect(await found()).toEqual(before)
})
