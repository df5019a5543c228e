import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { predictions } from '../../src/frames/message/predictions.js'
import { assertError, noWorker } from './assert-error.js'
import { batchesOf } from './batches-of.js'
import type { Answer } from './call-server.js'
import type { Case } from './case.js'
import { assertGrpcError } from './grpc-cases.js'
import { openGrpcClient, predictionCall, type GrpcAnswer } from './grpc-client.js'
import { withModel } from './registered-model.js'
import { sendAt } from './send-at.js'
import type { Target } from './target.js'

interface BothAnswers {
  http: (Answer | undefined)[]
  grpc: (GrpcAnswer | undefined)[]
}

/** Sends predictions by both protocols at the given ms from about the same start, those of gRPC on one connection. */
async function sendBoth(
  target: Target,
  model: string,
  offsetsMs: { http: readonly number[]; grpc: readonly number[] },
  forMs?: number,
): Promise<BothAnswers> {
  const client = await openGrpcClient(target.grpcPort)
  try {
    const byGrpc = offsetsMs.grpc.map(async (offsetMs) => {
      await sleep(offsetMs)
      return client.call(predictionCall(model, { body: 'frame' }), forMs)
    })
    const http = await sendAt(target, model, offsetsMs.http, {}, forMs)
    return { http, grpc: await Promise.all(byGrpc) }
  } finally {
    client.end()
  }
}

function statuses({ http, grpc }: BothAnswers): (number | undefined)[][] {
  return [http, grpc].map((answers) => answers.map((answer) => answer?.status))
}

const internal = 'org.pytorch.serve.http.InternalServerException'
const died = { status: 13, message: `Worker died.\n${internal}` }

/** Requests of both protocols wait in one queue and form batches together. */
export const joinedQueueCases: Case[] = [
  {
    name: 'both protocols: four requests form one batch, which leaves with the fourth',
    check: (target) =>
      withModel(target, 'brief', { serverBatchSize: 4, maxBatchDelayMs: 2000 }, async (model) => {
        const offsetsMs = { http: [0, 40], grpc: [20, 60] }
        // The first requests of a worker pay for lazy initialisation.
        await sendBoth(target, model, offsetsMs)
        const answers = await sendBoth(target, model, offsetsMs)
        assert.deepEqual(statuses(answers), [[200, 200], [0, 0]]) // prettier-ignore
        const [batch, ...others] = await batchesOf(target, answers.http)
        assert.deepEqual([batch?.members.length, others.length], [4, 0])
        const texts = answers.grpc.map((answer) =>
          Buffer.from(predictions.decodeResponse(answer!.body)).toString(),
        )
        assert.deepEqual(
          texts,
          answers.http.map((answer) => answer!.body),
        )
        const lastUs = Math.max(...[...answers.http, ...answers.grpc].map((answer) => answer!.sentUs))
        const lateMs = (batch!.handler.entryUs - lastUs) / 1000
        assert.ok(lateMs < 500, `it waited for the delay: ${lateMs} ms`)
        return `${lateMs.toFixed(1)} ms after it`
      }),
  },
  {
    name: 'both protocols: forty calls on one connection beside forty requests are each answered once, in batches of all',
    check: (target) =>
      withModel(target, 'growing', { serverBatchSize: 8, maxBatchDelayMs: 50 }, async (model) => {
        const forty = Array.from({ length: 40 }, (_, place) => 10 * place)
        const answers = await sendBoth(target, model, { http: forty, grpc: forty })
        assert.deepEqual(statuses(answers), [forty.map(() => 200), forty.map(() => 0)])
        const before = await batchesOf(target, answers.http)
        const joined = before.filter(({ members }) => members.includes(-1))
        assert.ok(joined.length > 0, 'no batch holds requests of both protocols')
        return `${joined.length} of ${before.length} batches with both`
      }),
  },
  {
    name: 'both protocols, handler failure: 503 over HTTP and UNAVAILABLE over gRPC for the whole batch',
    check: (target) =>
      withModel(target, 'failing', { serverBatchSize: 2, maxBatchDelayMs: 1000 }, async (model) => {
        const together = () => sendBoth(target, model, { http: [0], grpc: [0] })
        assert.deepEqual(statuses(await together()), [[200], [0]])
        const { http, grpc } = await together()
        assertError(http[0], { status: 503, type: 'InternalServerException', message: 'Prediction failed' })
        assertGrpcError(grpc[0], { status: 14, message: `Prediction failed\n${internal}` })
        assert.deepEqual(statuses(await together()), [[200], [0]])
        return undefined
      }),
  },
  {
    name: 'both protocols, a worker killed while it executes: 500 over HTTP and INTERNAL over gRPC, or 507 and RESOURCE_EXHAUSTED',
    check: (target) =>
      withModel(target, 'long', { serverBatchSize: 2, maxBatchDelayMs: 1000 }, async (model) => {
        const sent = sendBoth(target, model, { http: [0], grpc: [0] })
        await sleep(180)
        await target.killWorker(model, 0)
        const { http, grpc } = await sent
        assert.ok(http[0]?.status === 500 || http[0]?.status === 507, String(http[0]?.status))
        // The frontend may already know the exit code 137. Both answers follow from it.
        assertGrpcError(grpc[0], http[0].status === 507 ? { ...died, status: 8 } : died)
        assert.deepEqual(statuses(await sendBoth(target, model, { http: [0], grpc: [0] })), [[200], [0]])
        return undefined
      }),
  },
  {
    name: 'gRPC, responseTimeout: INTERNAL Worker died. after that time',
    check: (target) =>
      withModel(
        target,
        'endless',
        { serverBatchSize: 1, maxBatchDelayMs: 0, responseTimeoutS: 2 },
        async (model) => {
          const { grpc } = await sendBoth(target, model, { http: [], grpc: [0] })
          assertGrpcError(grpc[0], died)
          const tookMs = (grpc[0]!.answeredUs - grpc[0]!.sentUs) / 1000
          assert.ok(tookMs > 1990 && tookMs < 3500, `${tookMs} ms`)
          return `after ${(tookMs / 1000).toFixed(2)} s`
        },
      ),
  },
  {
    name: 'both protocols, queue full: beyond job_queue_size calls are refused at once, as requests are',
    check: (target) =>
      withModel(target, 'endless', { serverBatchSize: 1, maxBatchDelayMs: 0 }, async (model) => {
        const fill = Array.from({ length: 51 }, (_, place) => (place === 0 ? 0 : 300))
        const answers = await sendBoth(
          target,
          model,
          { http: [...fill.slice(1), 1500], grpc: [...fill, 1200] },
          5000,
        )
        assert.deepEqual(statuses(answers), [
          [...fill.slice(1).map(() => undefined), 503],
          [...fill.map(() => undefined), 13],
        ])
        assertError(answers.http.at(-1), noWorker(model))
        const { message } = noWorker(model)
        assertGrpcError(answers.grpc.at(-1), { status: 13, message })
        assert.match(answers.grpc.at(-1)!.message, /\nInternalServerException\.\(\)$/)
        return '100 queued'
      }),
  },
]
