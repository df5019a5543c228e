import assert from 'node:assert/strict'
import { z } from 'zod'
import { assertError, errorCase, modelNotFound, noResource, notAllowed, noWorker } from './assert-error.js'
import { callServer, type Answer } from './call-server.js'
import type { Case } from './case.js'
import { descriptionsSchema, modelListSchema, parseBody, statusSchema } from './json.js'
import { withModel } from './registered-model.js'
import { archiveFile } from './sleeping-models.js'
import type { Target } from './target.js'

const single = { serverBatchSize: 1, maxBatchDelayMs: 100 }

function manage(target: Target, method: string, path: string): Promise<Answer> {
  return callServer({ port: target.managementPort, method, path })
}

/** The status text of a call that went well. */
function said(answer: Answer): string {
  assert.equal(answer.headers.get('connection'), 'keep-alive', answer.body)
  return parseBody(statusSchema, answer).status
}

const describeKeys =
  'modelName modelVersion modelUrl runtime minWorkers maxWorkers batchSize maxBatchDelay responseTimeout ' +
  'startupTimeout maxRetryTimeoutInSec clientTimeoutInMills parallelType parallelLevel deviceType ' +
  'continuousBatching useJobTicket useVenv stateful sequenceMaxIdleMSec sequenceTimeoutMSec maxNumSequence ' +
  'maxSequenceJobQueueSize loadedAtStartup workers jobQueueStatus'

/** The management API: registering, describing, scaling, versions. */
export const managementCases: Case[] = [
  errorCase(
    'registering nothing',
    'management',
    { method: 'POST', path: '/models' },
    {
      status: 400,
      type: 'BadRequestException',
      message: 'Parameter url is required.',
    },
  ),
  errorCase(
    'registering an archive that is not there',
    'management',
    { method: 'POST', path: '/models?url=nobody.mar' },
    modelNotFound('Model not found at: nobody.mar'),
  ),
  errorCase(
    'registering outside of the store',
    'management',
    { method: 'POST', path: '/models?url=../a.mar' },
    modelNotFound('Relative path is not allowed in url: ../a.mar'),
  ),
  errorCase(
    'describing an unknown model',
    'management',
    { path: '/models/nobody' },
    modelNotFound('Model not found: nobody'),
  ),
  errorCase(
    'unregistering an unknown model',
    'management',
    { method: 'DELETE', path: '/models/nobody' },
    modelNotFound('Model not found: nobody'),
  ),
  errorCase('an unknown path of the management API', 'management', { path: '/nobody' }, noResource),
  errorCase('an unknown method', 'management', { method: 'PATCH', path: '/models' }, notAllowed),
  errorCase(
    'renewing a token where tokens are off',
    'management',
    { path: '/token?type=inference' },
    noResource,
  ),
  {
    name: 'describe has TorchServe’s keys in their order, also for each worker',
    check: (target) =>
      withModel(target, 'brief', { serverBatchSize: 3, maxBatchDelayMs: 70, workers: 2 }, async (model) => {
        const answer = await manage(target, 'GET', `/models/${model}`)
        const [asWritten] = parseBody(z.array(z.record(z.string(), z.unknown())), answer)
        assert.equal(Object.keys(asWritten ?? {}).join(' '), describeKeys)
        const [description] = parseBody(descriptionsSchema, answer)
        assert.ok(description !== undefined)
        assert.equal(description.batchSize, 3)
        assert.equal(description.maxBatchDelay, 70)
        assert.equal(description.modelUrl, archiveFile('brief'))
        assert.deepEqual(description.jobQueueStatus, { remainingCapacity: 100, pendingRequests: 0 })
        assert.deepEqual(
          description.workers.map((worker) => [worker.status, Object.keys(worker).length]),
          [
            ['READY', 7],
            ['READY', 7],
          ],
        )
        return undefined
      }),
  },
  {
    name: 'a model is registered once, and scaled synchronously or not',
    async check(target) {
      const path = `/models?url=${archiveFile('brief')}&model_name=scaled&initial_workers=1&synchronous=true`
      const first = said(await manage(target, 'POST', path))
      assert.equal(first, 'Model "scaled" Version: 1.0 registered with 1 initial workers')
      const message = 'Model version 1.0 is already registered for model scaled'
      const conflict = { status: 409, type: 'ConflictStatusException', message }
      assertError(await manage(target, 'POST', path), conflict)

      const scale = (where: string, query: string) => manage(target, 'PUT', `/models/${where}?${query}`)
      const two = said(await scale('scaled', 'min_worker=2&synchronous=true'))
      assert.equal(two, 'Workers scaled to 2 for model: scaled')
      const later = await scale('scaled', 'min_worker=1')
      assert.equal(later.status, 202)
      assert.equal(said(later), 'Processing worker updates...')
      const versioned = said(await scale('scaled/1.0', 'min_worker=1&synchronous=true'))
      assert.equal(versioned, 'Workers scaled to 1 for model: scaled, version: 1.0')
      assertError(await scale('scaled', 'min_worker=2&max_worker=1'), {
        status: 400,
        type: 'BadRequestException',
        message: 'max_worker cannot be less than min_worker.',
      })
      assert.equal(said(await manage(target, 'DELETE', '/models/scaled')), 'Model "scaled" unregistered')
      return undefined
    },
  },
  {
    name: 'versions: described together; the default version is removed last',
    async check(target) {
      for (const model of ['brief', 'secondVersion'] as const) {
        const query = `url=${archiveFile(model)}&model_name=twice&initial_workers=0`
        assert.equal((await manage(target, 'POST', `/models?${query}`)).status, 200)
      }
      const all = parseBody(descriptionsSchema, await manage(target, 'GET', '/models/twice/all'))
      const versions = new Set(all.map(({ modelVersion }) => modelVersion))
      assert.deepEqual(versions, new Set(['1.0', '2.0']))
      const unknown = { status: 404, type: 'ModelVersionNotFoundException' }
      const message = 'Model version: 9 does not exist for model: twice'
      assertError(await manage(target, 'GET', '/models/twice/9'), { ...unknown, message })
      assertError(await manage(target, 'DELETE', '/models/twice/1.0'), {
        status: 403,
        type: 'InvalidModelVersionException',
        message: 'Cannot remove default version for model twice',
      })
      for (const path of ['/models/twice/2.0', '/models/twice']) {
        assert.equal(said(await manage(target, 'DELETE', path)), 'Model "twice" unregistered')
      }
      return undefined
    },
  },
  {
    name: 'a model without workers is registered, not ready, and refuses requests',
    async check(target) {
      const query = `url=${archiveFile('brief')}&model_name=idle&initial_workers=0`
      const registered = said(await manage(target, 'POST', `/models?${query}`))
      const text = 'registered with 0 initial workers. Use scale workers API to add workers for the model.'
      assert.ok(registered.endsWith(text), registered)
      const { body } = await manage(target, 'GET', '/v1/models/idle')
      assert.equal(body, '{\n  "name": "idle",\n  "ready": false\n}\n')
      const call = { port: target.inferencePort, method: 'POST', path: '/predictions/idle', body: 'x' }
      assertError(await callServer(call), noWorker('idle'))
      await manage(target, 'DELETE', '/models/idle')
      return undefined
    },
  },
  {
    name: 'models are listed by name',
    check: (target) =>
      withModel(target, 'brief', single, (first) =>
        withModel(target, 'brief', single, async (second) => {
          const names = [first, second].toSorted((a, b) => (a < b ? -1 : 1))
          const { models } = parseBody(modelListSchema, await manage(target, 'GET', '/models'))
          assert.deepEqual(
            models,
            names.map((modelName) => ({ modelName, modelUrl: archiveFile('brief') })),
          )
          return undefined
        }),
      ),
  },
]
