import { expect, test } from 'vitest'
import { inferServices } from '../../frames/message/model-infer.js'
import { withApi } from './embedded.test.support.js'
import { sendStream } from './grpc/grpc.test.support.js'

const jpegs = [1, 2].map((fill) => Buffer.concat([Buffer.from([0xff, 0xd8, 0xff]), Buffer.alloc(500, fill)]))

test('any other server: every path or one path takes frames, another tells whether it is ready', async () => {
  await withApi({ api: 'custom' }, async ({ inferencePort, grpcPort }) => {
    const url = `http://127.0.0.1:${inferencePort}`
    const ask = async (path: string, init: RequestInit = {}) => fetch(`${url}${path}`, init)
    const body = JSON.stringify({ images: jpegs.map((jpeg) => jpeg.toString('base64')) })
    const answer = await ask('/anything/at/all', {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
    })
    expect(await answer.json()).toHaveLength(2)
    expect([answer.headers.get('x-request-id'), answer.headers.get('content-type')]).toEqual([
      null,
      'application/json',
    ])
    expect(await (await ask('/health')).text()).toBe('ok')
    const wrong = await ask('/anything')
    expect([wrong.status, await wrong.json()]).toEqual([405, { detail: 'Method Not Allowed' }])
    const bad = await ask('/x', {
      method: 'POST',
      body: '{',
      headers: { 'content-type': 'application/json' },
    })
    expect(bad.status).toBe(400)
    expect(await sendStream(grpcPort, inferServices.standard.serverLive.path, Buffer.alloc(5))).toMatchObject(
      {
        status: 12,
      },
    )
  })
  const customPaths = { predict: '/detect', ready: '/readyz' }
  await withApi({ api: 'custom', customPaths }, async ({ inferencePort }) => {
    const status = async (path: string, method: string) =>
      (
        await fetch(`http://127.0.0.1:${inferencePort}${path}`, {
          method,
          ...(method === 'POST' && { body: 'x', headers: { 'content-type': 'image/jpeg' } }),
        })
      ).status
    expect(await status('/detect', 'POST')).toBe(200)
    expect(await status('/other', 'POST')).toBe(404)
    expect(await status('/readyz', 'GET')).toBe(200)
    expect(await status('/ping', 'GET')).toBe(404)
  })
})
