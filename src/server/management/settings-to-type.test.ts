import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { embeddedDefaults } from '../embedded/embedded-config.js'
import { EmbeddedServer } from '../embedded/embedded-server.js'
import { describeModel } from './describe-model.js'
import { configLines, registerCommands } from './settings-to-type.js'

const archive = {
  file: 'pose.mar',
  modelName: 'pose',
  service: { tauMs: 1, alphaMs: 1, jitter: 0 },
  faults: [],
}

test('the calls, typed into a shell, register the model with the settings', async () => {
  const server = new EmbeddedServer({ ...embeddedDefaults, archives: [archive] })
  onTestFinished(() => server.close())
  const { managementPort } = await server.open()
  const registered = server.register({
    url: 'pose.mar',
    serverBatchSize: 1,
    maxBatchDelayMs: 50,
    responseTimeoutS: 77,
  })
  registered.scaleTo(1)
  await registered.whenReady()
  const url = `http://127.0.0.1:${managementPort}`
  const commands = registerCommands(url, {
    modelName: 'pose',
    modelVersion: '1.0',
    modelUrl: 'pose.mar',
    serverBatchSize: 8,
    maxBatchDelayMs: 20,
    workers: 2,
  })
  expect(commands).toHaveLength(2)
  for (const command of commands)
    await promisify(execFile)('sh', ['-c', command.replace('curl', 'curl --silent --fail')])
  const name = { name: 'pose', version: undefined }
  expect(await describeModel({ name: 'management', url }, name)).toMatchObject({
    serverBatchSize: 8,
    maxBatchDelayMs: 20,
    minWorkers: 2,
    maxWorkers: 2,
  })
})

test('config.properties names the workers, the batch size, and a delay only if there are batches', () => {
  const lines = configLines(
    { modelName: 'pose', modelVersion: '2.0', marName: 'pose.mar' },
    { serverBatchSize: 1, workers: 2 },
  )
  expect(lines).toBe(
    'load_models=pose.mar\n' +
      'models={"pose":{"2.0":{"marName":"pose.mar","minWorkers":2,"maxWorkers":2,"batchSize":1}}}\n',
  )
})
