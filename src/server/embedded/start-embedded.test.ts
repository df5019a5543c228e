import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import type { EmbeddedSettings } from '../../scenario/plan/plan.js'
import { parseBatchLine } from '../../run/read-server-batches.js'
import { exchange, model, post, settings, sharedServer, withServer } from './embedded.test.support.js'
import { startEmbedded, type RunningEmbedded } from './start-embedded.js'

const frame = Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919) % 251))
const otherFrame = Buffer.from(frame.toReversed())
const signal = new AbortController().signal
const batching = { serverBatchSize: 1, workers: 1 }
const withShared = sharedServer()
const base64 = (bytes: Buffer) => bytes.toString('base64')

test('a frame gives the same answer raw, in JSON and in multipart, and another frame another one', async () => {
  await withShared(async (server) => {
    const raw: unknown = await (await post(server, frame, 'image/jpeg')).json()
    const other: unknown = await (await post(server, otherFrame, 'image/jpeg')).json()
    expect(Object.keys(Object(raw))).toHaveLength(5)
    expect(other).not.toEqual(raw)

    const object = JSON.stringify({ a: base64(frame), b: base64(otherFrame) })
    expect(await (await post(server, object, 'application/json')).json()).toEqual([raw, other])
    const list = JSON.stringify([base64(otherFrame), base64(frame)])
    expect(await (await post(server, list, 'application/json')).json()).toEqual([other, raw])

    const form = new FormData()
    form.append('0', new Blob([frame], { type: 'image/jpeg' }), '0.jpg')
    form.append('1', new Blob([otherFrame], { type: 'image/jpeg' }), '1.jpg')
    expect(await (await post(server, form)).json()).toEqual([raw, other])
    const plain = Buffer.concat([
      Buffer.from('--b\r\nContent-Disposition: form-data; name="0"\r\n\r\n'),
      frame,
      Buffer.from('\r\n--b--\r\n'),
    ])
    const named = await post(server, plain, 'multipart/form-data; boundary=b')
    expect(await named.json()).toEqual([raw])
    expect(await (await post(server, base64(frame), 'text/plain')).json()).toEqual(raw)
  })
})

test('frames are found in a body of any shape, and constants around them are none', async () => {
  await withShared(async (server) => {
    const jpegs = [frame, otherFrame].map((bytes) => Buffer.concat([Buffer.from([0xff, 0xd8, 0xff]), bytes]))
    const alone = await Promise.all(
      jpegs.map(async (jpeg): Promise<unknown> => (await post(server, jpeg, 'image/jpeg')).json()),
    )
    const [one = '', other = ''] = jpegs.map(base64)
    for (const body of [
      { instances: [{ data: one, top: 5 }, { data: other }], model: 'abcd' },
      {
        frames: [[`data:image/jpeg;base64,${one}`], [`data:image/jpeg;base64,${other}`]],
        note: 'no picture',
      },
      [{ a: { b: one } }, null, 3, other],
    ]) {
      const answer = await post(server, JSON.stringify(body), 'application/json')
      expect(await answer.json()).toEqual(alone)
    }
    const form = new FormData()
    form.append('threshold', '0.5')
    for (const [index, jpeg] of jpegs.entries()) form.append(`image_${index}`, new Blob([jpeg]), 'a.jpg')
    expect(await (await post(server, form)).json()).toEqual(alone)
  })
})

test('of several multipart fields with the same name the last one counts, as in a worker of TorchServe', async () => {
  await withShared(async (server) => {
    const raw: unknown = await (await post(server, otherFrame, 'image/jpeg')).json()
    const form = new FormData()
    form.append('image', new Blob([frame]), 'a.jpg')
    form.append('image', new Blob([otherFrame]), 'b.jpg')
    expect(await (await post(server, form)).json()).toEqual([raw])
  })
})

test.each([
  ['no body at all', '', 'image/jpeg'],
  ['broken JSON', '{"0": "', 'application/json'],
  ['JSON without frames', '[]', 'application/json'],
  ['what is not base64', '["%%%"]', 'application/json'],
  ['a multipart without parts', '--b--\r\n', 'multipart/form-data; boundary=b'],
  [
    'a multipart that breaks off',
    '--b\r\nContent-Disposition: form-data; name="0"',
    'multipart/form-data; boundary=b',
  ],
])('%s is answered 400, for that request alone', async (_name, body, contentType) => {
  await withShared(async (server) => {
    const response = await post(server, body, contentType)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ code: 400, type: 'BadRequestException' })
    expect((await post(server, frame, 'image/jpeg')).status).toBe(200)
  })
})

test('the batch line in its log names the requests that were batched together, and how long they took', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'embedded-'))
  const [logFile, exactLogFile] = [join(folder, 'server.log'), join(folder, 'exact.jsonl')]
  try {
    let ids: string[] = []
    const three = { serverBatchSize: 3, maxBatchDelayMs: 60_000, workers: 1 }
    await withServer({}, { batching: three, logFile, exactLogFile }, async (server) => {
      const responses = await Promise.all([1, 2, 3].map(() => post(server, frame, 'image/jpeg')))
      ids = responses.map((response) => response.headers.get('x-request-id') ?? '')
    })
    const lines = (await readFile(logFile, 'utf8')).trim().split('\n')
    const [handler] = lines.map(parseBatchLine)
    expect(handler).toMatchObject({
      kind: 'handler',
      worker: '9000-resnet-18_1.0',
      handler: { frames: [1, 1, 1] },
    })
    expect(new Set(handler?.requestIds)).toEqual(new Set(ids))
    expect(lines[1]).toContain('[METRICS]PredictionTime.Milliseconds:5.00|#ModelName:resnet-18,Level:Model|')
    const exact: unknown = JSON.parse((await readFile(exactLogFile, 'utf8')).trim())
    expect(exact).toMatchObject({ number: 1, reason: 'full', end: 'answered', frames: [1, 1, 1], faults: [] })
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('configure registers the model again with other batch settings and workers', async () => {
  await withServer({}, {}, async (server) => {
    await server.configure({ serverBatchSize: 4, maxBatchDelayMs: 7, workers: 3 })
    const description: unknown = await (await fetch(`${server.managementUrl}/models/resnet-18`)).json()
    const workers = [1, 2, 3].map(() => ({ status: 'READY' }))
    expect(description).toMatchObject([{ batchSize: 4, maxBatchDelay: 7, workers }])
  })
})

test('its identity says that it is simulated', async () => {
  await withServer({ faults: { fail: '1%' } }, {}, async (server) => {
    expect(server.identity).toEqual({
      kind: 'embedded',
      label: 'embedded (simulated)',
      details: {
        'service time': 't(b) = 2 ms + 1 ms · b, where b is the number of frames in the batch',
        jitter: '0 % standard deviation',
        workers: '1',
        faults: 'fail 1%',
      },
    })
  })
})

test('it listens on the loopback address only', async () => {
  const addresses = Object.values(networkInterfaces())
    .flatMap((some) => some ?? [])
    .filter(({ internal, family }) => !internal && family === 'IPv4')
  await withShared(async ({ endpoint }) => {
    for (const { address } of addresses) {
      await expect(fetch(`http://${address}:${endpoint.port}/ping`)).rejects.toThrow('fetch failed')
    }
    expect((await fetch(`http://127.0.0.1:${endpoint.port}/ping`)).status).toBe(200)
  })
})

test('it ends with stop, which may be called twice, and a second server can live beside it', async () => {
  const [one, two] = await Promise.all([
    startEmbedded(settings, model, { batching, signal }),
    startEmbedded(settings, model, { batching, signal }),
  ])
  await one.stop()
  await one.stop()
  expect(await one.processIds()).toEqual([])
  await expect(post(one, frame, 'image/jpeg')).rejects.toThrow('fetch failed')
  await expect(one.configure(batching)).rejects.toThrow('the embedded server was stopped')
  expect((await post(two, frame, 'image/jpeg')).status).toBe(200)
  await two.stop()
})

test('it ends with its parent, however that ends', async () => {
  const program = `
    import { startEmbedded } from ${JSON.stringify(new URL('./start-embedded.js', import.meta.url))}
    const server = await startEmbedded(${JSON.stringify(settings)}, ${JSON.stringify(model)},
      { batching: { serverBatchSize: 1, workers: 1 }, signal: new AbortController().signal })
    process.stdout.write(String(server.endpoint.port), () => process.kill(process.pid, 'SIGKILL'))`
  const parent = promisify(execFile)(process.execPath, ['--input-type=module', '-e', program])
  const { stdout } = await parent.catch((error: { stdout: string }) => error)
  const port = Number(stdout)
  expect(port).toBeGreaterThan(0)
  const isAnswering = () =>
    fetch(`http://127.0.0.1:${port}/ping`).then(
      () => true,
      () => false,
    )
  await expect.poll(isAnswering).toBe(false)
})

test('a signal that is aborted before it is ready leaves nothing behind', async () => {
  const abort = new AbortController()
  const starting = startEmbedded(settings, model, { batching, signal: abort.signal })
  abort.abort(new Error('enough'))
  await expect(starting).rejects.toThrow('enough')
  await expect(startEmbedded(settings, model, { batching, signal: abort.signal })).rejects.toThrow('enough')
})

function start(changes: Partial<EmbeddedSettings>): Promise<RunningEmbedded> {
  return startEmbedded({ ...settings, ...changes }, model, { batching, signal })
}

test('settings that are not valid are reported before anything starts', async () => {
  await expect(start({ faults: { explode: '1%' } })).rejects.toThrow(
    'the embedded server has no fault "explode"',
  )
  await expect(start({ table: '/nowhere' })).rejects.toThrow('the run has no measured batch times')
})

function isThreeAnswers(text: string): boolean {
  return text.split('HTTP/1.1 200').length === 4 && text.endsWith('}')
}

test('requests that come in one piece, in small pieces, chunked or one after the other are all understood', async () => {
  await withShared(async (server) => {
    const head = `POST ${server.endpoint.path} HTTP/1.1\r\nHost: x\r\nContent-Type: image/jpeg\r\n`
    const plain = `${head}Content-Length: 3\r\n\r\nabc`
    const chunked = `${head}Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n2;x=y\r\nbc\r\n0\r\nT: t\r\n\r\n`
    const three = plain + chunked + plain
    const raw: unknown = await (await post(server, 'abc', 'image/jpeg')).json()
    for (const pieces of [[three], three.split('')]) {
      const text = await exchange(server.endpoint.port, pieces, isThreeAnswers)
      const answers = text.split('HTTP/1.1 200 \r\n').slice(1)
      const bodies = answers.map((answer): unknown => JSON.parse(answer.slice(answer.indexOf('{'))))
      expect(bodies).toEqual([raw, raw, raw])
    }
  })
})

test.each([
  'hello world\r\n\r\n',
  'GET /ping\r\n\r\n',
  'GET /ping HTTP/1.1\r\nbroken\r\n\r\n',
  'POST /predictions/resnet-18 HTTP/1.1\r\nContent-Length: x\r\n\r\n',
  'POST /predictions/resnet-18 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n',
])('what is no HTTP is answered 400 and the connection closed: %j', async (text) => {
  await withShared(async (server) => {
    const answer = await exchange(server.endpoint.port, [text], () => false)
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/)
    expect(answer).toContain('"message": "Invalid HTTP message."')
  })
})

test('a client that goes away in the middle of a request or before its answer disturbs no other client', async () => {
  await withServer({ tauMs: 50 }, {}, async (server) => {
    const head = `POST ${server.endpoint.path} HTTP/1.1\r\nContent-Type: image/jpeg\r\nContent-Length: 3\r\n\r\n`
    const { port } = server.endpoint
    const sockets = [`${head}a`, `${head}abc`].map((text) => {
      const socket = connect(port, '127.0.0.1', () => socket.write(text, () => socket.resetAndDestroy()))
      return new Promise((resolve) => socket.on('close', resolve))
    })
    await Promise.all(sockets)
    expect((await post(server, frame, 'image/jpeg')).status).toBe(200)
  })
})
