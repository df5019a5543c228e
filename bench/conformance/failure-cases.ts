import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { assertError, noWorker } from './api-cases.js'
import { callServer } from './call-server.js'
import type { Case } from './case.js'
import { withModel } from './registered-model.js'
import { sendAt } from './send-at.js'

const capacity = 100
/** Long enough that an answer would have come. */
const silenceMs = 3000

/** What fails, how it is said, and what is never answered at all. */
export const failureCases: Case[] = [
  {
    name: 'queue full: what is beyond job_queue_size is refused at once, with the text of a model without workers',
    check: (target) =>
      withModel(target, 'endless', { batchSize: 1, maxBatchDelayMs: 0 }, async (model) => {
        const beyond = 5
        const offsets = [
          0,
          ...Array.from({ length: capacity }, () => 300),
          ...Array.from({ length: beyond }, () => 700),
        ]
        const answers = await sendAt(target, model, offsets, {}, 2000)
        const refused = answers.filter((answer) => answer !== undefined)
        assert.deepEqual(
          answers.map((answer) => answer?.status),
          [
            ...Array.from({ length: capacity + 1 }, () => undefined),
            ...Array.from({ length: beyond }, () => 503),
          ],
        )
        for (const answer of refused) {
          assertError(answer, { status: 503, type: 'ServiceUnavailableException', message: noWorker(model) })
        }
        const queued = await callServer({ port: target.managementPort, path: `/models/${model}` })
        assert.match(queued.body, /"remainingCapacity": 0,\s+"pendingRequests": 100/)
        return `${capacity} queued, ${beyond} refused`
      }),
  },
  {
    name: 'handler failure: every request of the batch gets 503 Prediction failed, and the worker lives on',
    check: (target) =>
      withModel(target, 'failing', { batchSize: 3, maxBatchDelayMs: 1000 }, async (model) => {
        const statuses: number[][] = []
        for (let batch = 0; batch < 3; batch++) {
          const answers = await sendAt(target, model, [0, 1, 2])
          statuses.push(answers.map((answer) => answer!.status))
          for (const answer of answers) {
            if (answer!.status === 200) continue
            const expected = { status: 503, type: 'InternalServerException', message: 'Prediction failed' }
            assertError(answer!, expected)
          }
        }
        assert.deepEqual(statuses, [
          [200, 200, 200],
          [503, 503, 503],
          [200, 200, 200],
        ])
        return 'whole batches'
      }),
  },
  {
    name: 'a worker killed while it executes: the whole batch fails, and a later request is served after a restart',
    check: (target) =>
      withModel(target, 'long', { batchSize: 2, maxBatchDelayMs: 1000 }, async (model) => {
        const sent = sendAt(target, model, [0, 1])
        await sleep(150)
        await target.killWorker(model, 0)
        const killedMs = performance.now()
        for (const answer of await sent) {
          assertError(answer!, { status: 500, type: 'InternalServerException', message: 'Worker died.' })
        }
        const ping = await callServer({ port: target.inferencePort, path: '/ping' })
        assert.equal(ping.status, 200)
        const answers = await sendAt(target, model, [0, 1])
        assert.deepEqual(
          answers.map((answer) => answer?.status),
          [200, 200],
        )
        const recoveredMs = performance.now() - killedMs
        assert.ok(recoveredMs > 1000, `it was back after ${recoveredMs} ms already`)
        return `served ${(recoveredMs / 1000).toFixed(1)} s after the kill`
      }),
  },
  {
    name: 'responseTimeout: the batch gets 500 Worker died. after that time, and the worker is restarted',
    check: (target) =>
      withModel(
        target,
        'endless',
        { batchSize: 1, maxBatchDelayMs: 0, responseTimeoutS: 2 },
        async (model) => {
          const [answer] = await sendAt(target, model, [0])
          assertError(answer!, { status: 500, type: 'InternalServerException', message: 'Worker died.' })
          const tookMs = (answer!.answeredUs - answer!.sentUs) / 1000
          assert.ok(tookMs > 1990 && tookMs < 3500, `${tookMs} ms`)
          return `after ${(tookMs / 1000).toFixed(2)} s`
        },
      ),
  },
  {
    name: 'a worker killed while it collects: its jobs vanish, their clients wait for ever',
    check: (target) =>
      withModel(target, 'brief', { batchSize: 4, maxBatchDelayMs: 2000 }, async (model) => {
        const sent = sendAt(target, model, [0, 1], {}, silenceMs + 2000)
        await sleep(500)
        await target.killWorker(model, 0)
        assert.deepEqual(await sent, [undefined, undefined])
        const answers = await sendAt(target, model, [0, 1, 2, 3])
        assert.deepEqual(
          answers.map((answer) => answer?.status),
          [200, 200, 200, 200],
        )
        return undefined
      }),
  },
  {
    name: 'scaled to 0 while it executes: the jobs wait again and are served when workers return',
    check: (target) =>
      withModel(target, 'long', { batchSize: 2, maxBatchDelayMs: 1000 }, async (model) => {
        const sent = sendAt(target, model, [0, 1])
        await sleep(150)
        const path = `/models/${model}`
        await callServer({
          port: target.managementPort,
          method: 'PUT',
          path: `${path}?min_worker=0&synchronous=true`,
        })
        const refused = await callServer({
          port: target.inferencePort,
          method: 'POST',
          path: `/predictions/${model}`,
          body: 'x',
        })
        assertError(refused, { status: 503, type: 'ServiceUnavailableException', message: noWorker(model) })
        await callServer({
          port: target.managementPort,
          method: 'PUT',
          path: `${path}?min_worker=1&synchronous=true`,
        })
        const answers = await sent
        assert.deepEqual(
          answers.map((answer) => answer?.status),
          [200, 200],
        )
        return undefined
      }),
  },
  {
    name: 'a client that goes away does not take its job along',
    check: (target) =>
      withModel(target, 'long', { batchSize: 1, maxBatchDelayMs: 0 }, async (model) => {
        const [gone] = await sendAt(target, model, [0], {}, 50)
        assert.equal(gone, undefined)
        const [answer] = await sendAt(target, model, [0])
        const waitedMs = (answer!.answeredUs - answer!.sentUs) / 1000
        assert.ok(waitedMs > 450, `answered after ${waitedMs} ms: it did not wait for the abandoned job`)
        return `waited ${waitedMs.toFixed(0)} ms for it`
      }),
  },
]
