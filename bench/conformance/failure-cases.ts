import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { assertError, noWorker } from './assert-error.js'
import { callServer, type Answer } from './call-server.js'
import type { Case } from './case.js'
import { withModel } from './registered-model.js'
import { sendAt } from './send-at.js'

const capacity = 100
/** Long enough that an answer would have come. */
const silenceMs = 5000

function statusesOf(answers: (Answer | undefined)[]): (number | undefined)[] {
  return answers.map((answer) => answer?.status)
}

function repeat<T>(times: number, value: T): T[] {
  return Array.from({ length: times }, () => value)
}

/** Failures, their answers, and requests that are never answered. */
export const failureCases: Case[] = [
  {
    name: 'queue full: requests beyond job_queue_size are refused at once, with the text of a model without workers',
    check: (target) =>
      withModel(target, 'endless', { serverBatchSize: 1, maxBatchDelayMs: 0 }, async (model) => {
        const [first, inQueue, beyond] = [[0], repeat(capacity, 300), repeat(5, 700)]
        const answers = await sendAt(target, model, [...first, ...inQueue, ...beyond], {}, silenceMs)
        assert.deepEqual(statusesOf(answers.slice(0, -beyond.length)), repeat(capacity + 1, undefined))
        for (const answer of answers.slice(-beyond.length)) assertError(answer, noWorker(model))
        const queued = await callServer({ port: target.managementPort, path: `/models/${model}` })
        assert.match(queued.body, /"remainingCapacity": 0,\s+"pendingRequests": 100/)
        return `${capacity} queued, ${beyond.length} refused`
      }),
  },
  {
    name: 'handler failure: every request of the batch gets 503 Prediction failed, and the worker keeps running',
    check: (target) =>
      withModel(target, 'failing', { serverBatchSize: 3, maxBatchDelayMs: 1000 }, async (model) => {
        const sendThree = () => sendAt(target, model, [0, 1, 2])
        assert.deepEqual(statusesOf(await sendThree()), [200, 200, 200])
        for (const answer of await sendThree()) {
          assertError(answer, { status: 503, type: 'InternalServerException', message: 'Prediction failed' })
        }
        assert.deepEqual(statusesOf(await sendThree()), [200, 200, 200])
        return undefined
      }),
  },
  {
    name: 'a worker killed while it executes: the whole batch fails, and later requests are served after a restart',
    check: (target) =>
      withModel(target, 'long', { serverBatchSize: 2, maxBatchDelayMs: 1000 }, async (model) => {
        const sent = sendAt(target, model, [0, 1])
        await sleep(150)
        await target.killWorker(model, 0)
        const killedMs = performance.now()
        const failed = await sent
        for (const answer of failed) {
          // 507 if the frontend already has the exit code 137 of a SIGKILL, else 500: either may come first.
          const status = answer?.status === 507 ? 507 : 500
          assertError(answer, { status, type: 'InternalServerException', message: 'Worker died.' })
        }
        assert.deepEqual(statusesOf(await sendAt(target, model, [0, 1])), [200, 200])
        const recoveredMs = performance.now() - killedMs
        assert.ok(recoveredMs > 1000, `it was back after ${recoveredMs} ms already`)
        return `${failed[0]?.status}, served ${(recoveredMs / 1000).toFixed(1)} s after the kill`
      }),
  },
  {
    name: 'responseTimeout: the batch gets 500 Worker died. after that time, and the worker is restarted',
    check: (target) =>
      withModel(
        target,
        'endless',
        { serverBatchSize: 1, maxBatchDelayMs: 0, responseTimeoutS: 2 },
        async (model) => {
          const [answer] = await sendAt(target, model, [0])
          assertError(answer, { status: 500, type: 'InternalServerException', message: 'Worker died.' })
          const tookMs = (answer!.answeredUs - answer!.sentUs) / 1000
          assert.ok(tookMs > 1990 && tookMs < 3500, `${tookMs} ms`)
          return `after ${(tookMs / 1000).toFixed(2)} s`
        },
      ),
  },
  {
    name: 'a worker killed while it collects: its jobs are lost, and their clients wait forever',
    check: (target) =>
      withModel(target, 'brief', { serverBatchSize: 4, maxBatchDelayMs: 2000 }, async (model) => {
        const sent = sendAt(target, model, [0, 1], {}, silenceMs)
        await sleep(500)
        await target.killWorker(model, 0)
        assert.deepEqual(await sent, [undefined, undefined])
        assert.deepEqual(statusesOf(await sendAt(target, model, [0, 1, 2, 3])), [200, 200, 200, 200])
        return undefined
      }),
  },
  {
    // The real server does one or the other, depending on which of its threads is first.
    name: 'scaled to 0 while it executes: the jobs wait until workers return, or fail like those of a dead worker',
    check: (target) =>
      withModel(target, 'long', { serverBatchSize: 2, maxBatchDelayMs: 1000 }, async (model) => {
        const sent = sendAt(target, model, [0, 1])
        await sleep(150)
        const scaleTo = (workers: number) => {
          const path = `/models/${model}?min_worker=${workers}&synchronous=true`
          return callServer({ port: target.managementPort, method: 'PUT', path })
        }
        await scaleTo(0)
        assertError((await sendAt(target, model, [0]))[0], noWorker(model))
        await scaleTo(1)
        const statuses = statusesOf(await sent)
        assert.deepEqual(statuses, repeat(2, statuses[0] === 200 ? 200 : 500))
        return statuses[0] === 200 ? 'served later' : 'failed'
      }),
  },
  {
    name: 'a client that disconnects does not cancel its job',
    check: (target) =>
      withModel(target, 'long', { serverBatchSize: 1, maxBatchDelayMs: 0 }, async (model) => {
        const [gone] = await sendAt(target, model, [0], {}, 50)
        assert.equal(gone, undefined)
        const [answer] = await sendAt(target, model, [0])
        const waitedMs = (answer!.answeredUs - answer!.sentUs) / 1000
        assert.ok(waitedMs > 450, `answered after ${waitedMs} ms: it did not wait for the abandoned job`)
        return `waited ${waitedMs.toFixed(0)} ms for it`
      }),
  },
]
