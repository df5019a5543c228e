import assert from 'node:assert/strict'
import { withGrpcPrefix } from '../../src/frames/message/grpc-prefix.js'
import { inferServices, type InferRequest } from '../../src/frames/message/model-infer.js'
import { callServer } from './call-server.js'
import type { Case } from './case.js'
import { assertGrpcError } from './grpc-cases.js'
import { callGrpc, type GrpcAnswer } from './grpc-client.js'
import { withModel } from './registered-model.js'

const { serverLive, serverReady, modelReady, modelMetadata, modelInfer } = inferServices.torchserve

function ask(port: number, path: string, message: Uint8Array): Promise<GrpcAnswer> {
  return callGrpc(port, { path, body: withGrpcPrefix(message) })
}

function infer(port: number, changes: Partial<InferRequest>): Promise<GrpcAnswer> {
  const data = ['abc', 'def'].map((text) => Buffer.from(text))
  const inputs = [{ name: 'frames', datatype: 'BYTES', shape: [2], data }]
  const request = { modelName: '', modelVersion: '', id: '', inputs, ...changes }
  return ask(port, modelInfer.path, modelInfer.encodeRequest(request))
}

const exception = 'org.pytorch.serve.archive.model.ModelNotFoundException'

/** The open inference protocol as TorchServe has it, on servers of their own, because it is off by default. */
export const openInferenceCases: Case[] = [
  {
    name: 'open inference protocol: health over HTTP; over gRPC metadata without inputs, typed contents, one text per frame',
    async check(target) {
      const server = await target.startWithOpenInference()
      const { inferencePort, grpcPort } = server
      try {
        const get = async (path: string) => {
          const { status, body } = await callServer({ port: inferencePort, path })
          return [status, JSON.parse(body)]
        }
        assert.deepEqual(await get('/v2/health/live'), [200, { live: true }])
        assert.deepEqual(await get('/v2/health/ready'), [200, { ready: true }])
        const extenstion = ['kserve', 'kubeflow']
        assert.deepEqual(await get('/v2'), [200, { name: 'Torchserve', version: '0.12.0', extenstion }])
        assert.equal((await get('/v2/models/nobody'))[0], 404)
        const noVersions = { error: 'Model versioning is not yet supported.' }
        assert.deepEqual(await get('/v2/models/nobody/versions/1.0'), [501, noVersions])

        for (const { path } of [serverLive, serverReady])
          assert.equal(serverReady.decodeResponse((await ask(grpcPort, path, new Uint8Array(0))).body), true)
        for (const method of [modelReady, modelMetadata]) {
          const named = (name: string) => ask(grpcPort, method.path, method.encodeRequest({ name }))
          assertGrpcError(await named('nobody'), {
            status: 5,
            message: `Model not found: nobody\n${exception}`,
          })
          assertGrpcError(await named(''), {
            status: 13,
            message: /^Parameter .*name is required\.\nBadRequestException\.\(\)$/,
          })
        }
        assertGrpcError(await infer(grpcPort, { modelName: 'nobody' }), {
          status: 13,
          message: `Model not found: nobody\n${exception}`,
        })
        assertGrpcError(await infer(grpcPort, {}), {
          status: 13,
          message: 'Parameter model_name is required.\nBadRequestException.()',
        })
        return await withModel(
          { ...target, ...server },
          'brief',
          { serverBatchSize: 2, maxBatchDelayMs: 50 },
          async (name) => {
            const ready = await ask(grpcPort, modelReady.path, modelReady.encodeRequest({ name }))
            assert.equal(modelReady.decodeResponse(ready.body), true)
            const metadata = await ask(grpcPort, modelMetadata.path, modelMetadata.encodeRequest({ name }))
            const nothing = { platform: '', inputs: [], outputs: [] }
            assert.deepEqual(modelMetadata.decodeResponse(metadata.body), {
              name,
              versions: ['1.0'],
              ...nothing,
            })

            const answers = await Promise.all(
              ['42', '43'].map((id) => infer(grpcPort, { modelName: name, id })),
            )
            for (const [place, answer] of answers.entries()) {
              assert.equal(answer.status, 0, answer.message)
              const { outputs, ...head } = modelInfer.decodeResponse(answer.body)
              assert.deepEqual(head, { modelName: name, modelVersion: '1.0', id: ['42', '43'][place] })
              const [{ data, ...output } = { data: [] }, ...others] = outputs
              assert.deepEqual([output, others], [{ name: 'output', datatype: 'BYTES', shape: [2] }, []])
              for (const text of data) {
                assert.ok(text instanceof Uint8Array)
                assert.equal(typeof JSON.parse(Buffer.from(text).toString()), 'object')
              }
            }
            return undefined
          },
        )
      } finally {
        await server.stop()
      }
    },
  },
]
