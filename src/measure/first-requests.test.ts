import { createServer } from 'node:http'
import { onTestFinished, expect, test } from 'vitest'
import type { EmbeddedSettings } from '../scenario/plan/plan.js'
import { parseEndpoint } from '../server/endpoint.js'
import { sendFirstRequests } from './measure-point.js'
import { openPayloads } from './prepare-clip.js'
import { pointOn, syntheticClip } from './testing/one-point.test.support.js'

const twoWorkers: EmbeddedSettings = { kind: 'embedded', tauMs: 1, alphaMs: 1, jitter: 0, workers: 2 }

/** Sends the first requests of a point with B = 3 to a server that answers after a time. */
async function sentTo(afterMs: number, firstRequestS?: number): Promise<{ most: number; requests: number }> {
  const seen = { most: 0, requests: 0 }
  let open = 0
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      seen.requests++
      seen.most = Math.max(seen.most, ++open)
      setTimeout(() => {
        open--
        response.end('{}')
      }, afterMs)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const one = pointOn(twoWorkers, { framesPerRequest: 1, serverBatchSize: 3 })
  const point = { ...one, measure: { ...one.measure, firstRequestS } }
  await sendFirstRequests(point, {
    server: {
      endpoint: parseEndpoint({ api: 'torchserve', inferenceUrl: `http://127.0.0.1:${port}` }, { name: 'm' }),
    },
    payload: openPayloads()(syntheticClip(3), point),
    signal: new AbortController().signal,
  })
  return seen
}

test('one request is sent before a load', async () => {
  expect(await sentTo(0)).toEqual({ most: 1, requests: 1 })
})

test('with firstRequestS the first requests fill a batch for each worker at once', async () => {
  expect(await sentTo(500, 20)).toEqual({ most: 6, requests: 6 })
})

test('a first answer after its deadline is refused with the setting that gives it more time', async () => {
  await expect(sentTo(3000, 0.5)).rejects.toMatchObject({
    exitCode: 3,
    parts: { received: 'no answer within 500 ms', remedy: expect.stringContaining('measure.firstRequestS') },
  })
})
