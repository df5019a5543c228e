import { mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { embeddedDefaults, type EmbeddedConfig } from '../embedded/embedded-config.js'
import { EmbeddedServer } from '../embedded/embedded-server.js'
import { describeModel } from '../management/describe-model.js'
import { unregisterModel } from '../management/register-model.js'
import { keepSettings, unrestoredSettings } from './kept-settings.js'
import { managedBatching, restoringCommands } from './managed-batching.js'

const archive = {
  file: 'pose.mar',
  modelName: 'pose',
  service: { tauMs: 1, alphaMs: 1, jitter: 0 },
  faults: [],
}
const pose = { name: 'pose', version: undefined }
const signal = new AbortController().signal
const eight = { serverBatchSize: 8, maxBatchDelayMs: 50, workers: 1 }
let home: string

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'restore-'))
  vi.stubEnv('FRAMESTORM_HOME', home)
})

afterEach(() => {
  vi.unstubAllEnvs()
})

/** Somebody's server: batches of four, two to three workers. */
async function somebodysServer(own: Partial<EmbeddedConfig> = {}) {
  const server = new EmbeddedServer({ ...embeddedDefaults, archives: [archive], ...own })
  onTestFinished(() => server.close())
  const { managementPort } = await server.open()
  const registered = server.register({
    url: 'pose.mar',
    serverBatchSize: 4,
    maxBatchDelayMs: 50,
    responseTimeoutS: 77,
  })
  registered.scaleTo(2)
  await registered.whenReady()
  const api = { name: 'management', url: `http://127.0.0.1:${managementPort}` } as const
  const found = async () => {
    const { workers: _ids, ...settings } = await describeModel(api, pose)
    return settings
  }
  return { server, api, found }
}

const keptFiles = () => readdirSync(join(home, 'settings-to-restore'))

test('what is to be restored is on disk while it is changed, and no longer', async () => {
  const { api, found } = await somebodysServer()
  const before = await found()
  const batching = managedBatching(api, pose, { signal })
  await batching.configure(eight)
  expect(keptFiles()).toHaveLength(1)
  await batching.restore()
  expect(await found()).toEqual(before)
  expect(keptFiles()).toEqual([])
})

test('a run restores what an earlier one, which was killed, did not', async () => {
  const { api, found } = await somebodysServer()
  const before = await found()
  await managedBatching(api, pose, { signal }).configure(eight)
  // As if it were another process, which is no longer there.
  const file = join(home, 'settings-to-restore', keptFiles()[0]!)
  writeFileSync(file, readFileSync(file, 'utf8').replace(/"pid": \d+/, '"pid": 999999999'))
  expect(await unrestoredSettings()).toHaveLength(1)

  const said: string[] = []
  const next = managedBatching(api, pose, { signal, onProgress: ({ text }) => said.push(text) })
  await next.configure(eight)
  expect(said[0]).toContain('ended without restoring pose')
  await next.restore()
  expect(await found()).toEqual(before)
  expect(await unrestoredSettings()).toEqual([])
})

test('a model that a killed run left unregistered is registered again', async () => {
  const { api, found } = await somebodysServer()
  const before = await found()
  const was = {
    registration: {
      modelName: 'pose',
      modelUrl: 'pose.mar',
      serverBatchSize: 4,
      maxBatchDelayMs: 50,
      workers: 2,
      responseTimeoutS: 77,
      startupTimeoutS: 120,
    },
    maxWorkers: 2,
  }
  await keepSettings(api.url, was)
  await unregisterModel(api, pose)
  const batching = managedBatching(api, pose, { signal })
  await batching.configure({ serverBatchSize: 4, maxBatchDelayMs: 50, workers: 1 })
  expect(await found()).toEqual(before)
  await batching.restore()
  expect(await found()).toEqual(before)
})

test('two processes do not change the same model at the same time', async () => {
  const { api } = await somebodysServer()
  await managedBatching(api, pose, { signal }).configure(eight)
  const file = join(home, 'settings-to-restore', keptFiles()[0]!)
  writeFileSync(file, readFileSync(file, 'utf8').replace(/"pid": \d+/, `"pid": ${process.ppid}`))
  await expect(managedBatching(api, pose, { signal }).configure(eight)).rejects.toMatchObject({
    exitCode: 3,
    message: 'another run is changing the batching of pose',
  })
})

test('a server that died is an error with the commands that restore its model', async () => {
  const { server, api } = await somebodysServer()
  const batching = managedBatching(api, pose, { signal })
  await batching.configure(eight)
  await server.close()
  await expect(batching.restore()).rejects.toMatchObject({
    exitCode: 3,
    message: 'the settings of pose could not be restored',
    parts: {
      expected: expect.stringContaining('batch size 4, max batch delay 50 ms, 2 workers'),
      remedy: expect.stringContaining(`curl -X POST '${api.url}/models?url=pose.mar`),
    },
  })
  expect(keptFiles()).toHaveLength(1)
})

test('the commands restore the model as it was', async () => {
  const { api, found } = await somebodysServer()
  const before = await found()
  const batching = managedBatching(api, pose, { signal })
  await batching.configure(eight)
  const kept = await unrestoredSettings()
  const { original } = kept[0]!
  expect(restoringCommands(api.url, { ...original, maxWorkers: 3 }).at(-1)).toBe(
    `curl -X PUT '${api.url}/models/pose?min_worker=2&max_worker=3'`,
  )
  const commands = restoringCommands(api.url, original)
  expect(commands).toHaveLength(2)
  for (const command of commands) {
    const [, method = '', url = ''] = /^curl -X (\w+) '(.*)'$/.exec(command)!
    expect((await fetch(url, { method })).status).toBeLessThan(300)
  }
  await expect.poll(found).toEqual(before)
})
