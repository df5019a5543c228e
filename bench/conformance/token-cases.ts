import assert from 'node:assert/strict'
import { readFile, stat } from 'node:fs/promises'
import { z } from 'zod'
import { assertError, type ExpectedError } from './assert-error.js'
import { callServer, type Answer } from './call-server.js'
import type { Case } from './case.js'

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

function call(port: number, path: string, key?: string): Promise<Answer> {
  return callServer({ port, path, ...(key !== undefined && { headers: { Authorization: `Bearer ${key}` } }) })
}

/** A server that requires tokens. */
export const tokenCases: Case[] = [
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
