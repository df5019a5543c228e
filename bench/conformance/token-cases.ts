import assert from 'node:assert/strict'
import { readFile, stat } from 'node:fs/promises'
import { z } from 'zod'
import { withGrpcPrefix } from '../../src/frames/message/grpc-prefix.js'
import { torchServePing } from '../../src/frames/message/predictions.js'
import { assertError, type ExpectedError } from './assert-error.js'
import { callServer, type Answer } from './call-server.js'
import type { Case } from './case.js'
import { assertGrpcError } from './grpc-cases.js'
import { callGrpc, predictionCall, type GrpcAnswer } from './grpc-client.js'

const keySchema = z.object({ key: z.string().length(8), 'expiration time': z.string() })
const keysSchema = z.object({
  management: keySchema,
  inference: keySchema,
  API: z.object({ key: z.string().length(8) }),
})

/** `Authorization` for using a token, `Authentication` for renewing one. */
function refused(what: 'Authorization' | 'Authentication'): ExpectedError {
  const message = `Token ${what} failed. Token either incorrect, expired, or not provided correctly`
  return { status: 400, type: 'InvalidKeyException', message }
}

const wrongToken = {
  status: 7,
  message: 'Token Authorization failed. Token either incorrect, expired, or not provided correctly',
}

function ping(port: number, authorization?: string): Promise<GrpcAnswer> {
  const body = withGrpcPrefix(new Uint8Array(0))
  return callGrpc(port, {
    path: torchServePing.path,
    body,
    ...(authorization !== undefined && { headers: { authorization } }),
  })
}

function call(port: number, path: string, key?: string): Promise<Answer> {
  return callServer({ port, path, ...(key !== undefined && { headers: { Authorization: `Bearer ${key}` } }) })
}

/** A server that requires tokens. */
export const tokenCases: Case[] = [
  {
    name: 'tokens over gRPC: PERMISSION_DENIED without the one for inference in the metadata, for predictions and ping',
    async check(target) {
      const server = await target.startWithTokens()
      const { grpcPort, keyFile } = server
      try {
        const { inference, management } = keysSchema.parse(JSON.parse(await readFile(keyFile, 'utf8')))
        assertGrpcError(await ping(grpcPort), wrongToken)
        for (const authorization of [`Bearer ${management.key}`, inference.key, 'Bearer', ''])
          assertGrpcError(await ping(grpcPort, authorization), wrongToken)
        assertGrpcError(await callGrpc(grpcPort, predictionCall('nobody', { body: 'x' })), wrongToken)
        for (const authorization of [`Bearer ${inference.key}`, `Bearer   ${inference.key}`])
          assert.equal((await ping(grpcPort, authorization)).status, 0)
        return undefined
      } finally {
        await server.stop()
      }
    },
  },
  {
    name: 'tokens: 400 without the right one, none for metrics, renewed with the API key, readable by the owner only',
    async check(target) {
      const server = await target.startWithTokens()
      const { inferencePort, managementPort, metricsPort, keyFile } = server
      const keys = async () => keysSchema.parse(JSON.parse(await readFile(keyFile, 'utf8')))
      try {
        assert.equal((await stat(keyFile)).mode & 0o777, 0o600)
        const { inference, management, API } = await keys()
        assertError(await call(inferencePort, '/ping'), refused('Authorization'))
        assertError(await call(inferencePort, '/ping', management.key), refused('Authorization'))
        assertError(await call(managementPort, '/models', inference.key), refused('Authorization'))
        assert.equal((await call(inferencePort, '/ping', inference.key)).status, 200)
        assert.equal((await call(managementPort, '/models', management.key)).status, 200)
        assert.equal((await call(metricsPort, '/metrics')).status, 200)
        assert.equal((await call(inferencePort, '/api-description')).status, 200)

        const path = '/token?type=inference'
        assertError(await call(managementPort, path, management.key), refused('Authentication'))
        const renewed = await call(managementPort, path, API.key)
        assert.equal(renewed.status, 200)
        const key = (await keys()).inference.key
        assert.notEqual(key, inference.key)
        assertError(await call(inferencePort, '/ping', inference.key), refused('Authorization'))
        assert.equal((await call(inferencePort, '/ping', key)).status, 200)
        return undefined
      } finally {
        await server.stop()
      }
    },
  },
]
