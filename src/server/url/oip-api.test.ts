import { expect, test } from 'vitest'
import { inferServices } from '../../frames/message/model-infer.js'
import type { ModelSettings, UrlSettings } from '../../scenario/plan/plan.js'
import { withApi } from '../embedded/embedded.test.support.js'
import { startUrl } from './start-url.js'

const model: ModelSettings = {
  name: 'm',
  weights: 'seeded',
  request: { field: 'frame_{i}', json: 'object' },
  answer: 'auto',
}
const options = { batching: { serverBatchSize: 1, workers: 1 }, signal: new AbortController().signal }

function settings(ports: { inferencePort: number; grpcPort: number }): UrlSettings {
  const address = (port: number) => `http://127.0.0.1:${port}`
  return {
    kind: 'url',
    api: 'oip',
    manage: false,
    inferenceUrl: address(ports.inferencePort),
    grpcUrl: address(ports.grpcPort),
  }
}

test('the input that takes the frames comes from the metadata of the model', async () => {
  await withApi({ api: 'oip' }, async (ports) => {
    const server = await startUrl(settings(ports), model, options)
    expect(server.tensor).toMatchObject({ name: 'frames', shape: [-1] })
    expect(server.endpoint).toMatchObject({ api: 'oip', path: '/v2/models/m/infer' })
    expect(server.grpcEndpoint).toMatchObject({
      protocol: 'grpc',
      path: inferServices.standard.modelInfer.path,
      port: ports.grpcPort,
    })
    // A simulation never looks like a real server.
    expect(server.identity.kind).toBe('embedded')
  })
})

test('a TorchServe has the service in a package of its own, and no metadata of inputs', async () => {
  await withApi({ api: 'torchserve-oip' }, async (ports) => {
    const server = await startUrl(settings(ports), model, options)
    expect(server.tensor).toBeUndefined()
    expect(server.grpcEndpoint?.path).toBe(inferServices.torchserve.modelInfer.path)
  })
})

test('a server without the protocol is refused with what to check', async () => {
  await withApi({}, async (ports) => {
    await expect(startUrl(settings(ports), model, options)).rejects.toMatchObject({
      exitCode: 3,
      parts: { remedy: expect.stringContaining('ts_open_inference_protocol=true') },
    })
  })
})
