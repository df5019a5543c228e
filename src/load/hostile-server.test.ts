import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { seededRandom } from '../system/seeded-random.js'
import { readSamples } from '../run/read-samples.js'
import { outcomes } from '../run/record.js'
import { runLoad } from './run-load.js'
import { smallPayload } from './testing/small-payload.test.support.js'

type Deed = (socket: Socket) => void

/** What the server does, by the outcome that it must be counted as. */
const deeds: [string, Deed][] = [
  ['ok', (socket) => socket.write('HTTP/1.1 200 \r\ncontent-length: 11\r\n\r\n{"cat":0.5}')],
  ['ok', (socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n{"cat":0.5}')],
  ['connection-error', (socket) => void socket.resetAndDestroy()],
  ['connection-error', (socket) => socket.end('HTTP/1.1 200 \r\ncontent-length: 11\r\n\r\n{"ca')],
  ['timeout', () => {}],
  ['timeout', (socket) => socket.write('HTTP/1.1 200 \r\ncontent-length: 11\r\n\r\n{"ca')],
  ['bad-response', (socket) => socket.write('\u0000\u0001\u0002 garbage')],
  ['bad-response', (socket) => socket.write('HTTP/1.1 200 \r\ncontent-length: 4\r\n\r\n{"ca')],
  ['http-error', (socket) => socket.end('HTTP/1.1 503 \r\ncontent-length: 0\r\n\r\n')],
]

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'framestorm-hostile-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

test('each request ends as the server dealt with it, one by one', async () => {
  const random = seededRandom(5)
  const log = new Map<number, string>()
  const server = createServer((socket) => {
    let text = ''
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      const frame = /\r\n\r\nf(\d+) /.exec(text)?.[1]
      if (frame === undefined) return
      text = ''
      // Good answers are as frequent as all the rest, so that connections are kept as well as made again.
      const [outcome, deed] = deeds[random() < 0.5 ? 0 : Math.floor(random() * deeds.length)]!
      log.set(Number(frame), outcome)
      deed(socket)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const frames = 300
  const sampleFile = join(folder, 'samples.bin')
  const job = {
    endpoint: {
      protocol: 'http' as const,
      api: 'torchserve' as const,
      tls: false,
      host: 'localhost',
      port,
      path: '/',
    },
    payload: smallPayload(frames, 1),
    framesPerRequest: 1,
    load: { kind: 'closed' as const, framesInFlight: 20 },
    phaseSeed: 1,
    warmupMaxMs: 0,
    extent: { passes: 1 },
    deadlineMs: 2000,
    answer: { list: '' },
    // As learned from a server whose answers are JSON.
    comparison: {
      rules: { compared: 'numbers' as const, ignored: [], unordered: [] },
      json: true,
      singleKeys: [],
      references: [],
    },
    sampleFile,
    threads: 2,
  }
  await runLoad(job, { signal: new AbortController().signal })
  server.close()
  const { requests } = await readSamples(sampleFile)
  expect(requests.count).toBe(frames)
  const found = [...requests.outcome].map((outcome, row) => [requests.firstFrame[row], outcomes[outcome]])
  const expected = [...log].toSorted(([a], [b]) => a - b)
  expect(found.toSorted(([a], [b]) => Number(a) - Number(b))).toEqual(expected)
})
