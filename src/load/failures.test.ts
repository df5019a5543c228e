import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { mergeFailures, mostFailures, type Failure } from '../run/failures.js'
import { Outcome } from '../run/record.js'
import type { Endpoint } from '../server/endpoint.js'
import { failureLog } from './drive/failure-log.js'
import { ResponseReader } from './http/response-reader.js'
import type { LoadJob } from './load-job.js'
import { runLoad } from './run-load.js'
import { requireSumsByOutcome } from './testing/sums-by-outcome.test.support.js'
import {
  answerFrames,
  startScriptedServer,
  type Script,
  type ScriptedServer,
} from './testing/scripted-server.test.support.js'
import { smallJob } from './testing/small-job.test.support.js'

let folder = ''
let closeServer: () => unknown = () => undefined
let sockets: Server | undefined

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'framestorm-failures-'))
})

afterEach(async () => {
  await closeServer()
  sockets?.close()
  delete process.env['FAILURES_TEST_TOKEN']
  await rm(folder, { recursive: true, force: true })
})

async function failuresOf(endpoint: Endpoint, changes: Partial<LoadJob> = {}): Promise<Failure[]> {
  const job = smallJob(endpoint, join(folder, 'samples.bin'), {
    load: { kind: 'closed', framesInFlight: 4 },
    extent: { passes: 3 },
    ...changes,
  })
  const { failures } = await runLoad(job, { signal: new AbortController().signal })
  await requireSumsByOutcome(job.sampleFile, failures)
  return failures
}

async function scripted(script: Script): Promise<ScriptedServer> {
  const server = await startScriptedServer(script)
  closeServer = () => server.close()
  return server
}

async function answering(script: Script, changes: Partial<LoadJob> = {}): Promise<Failure[]> {
  return failuresOf((await scripted(script)).endpoint, changes)
}

/** A server of raw bytes. */
async function raw(onConnection: (socket: Socket) => void): Promise<Endpoint> {
  sockets = createServer((socket) => {
    socket.on('error', () => undefined)
    onConnection(socket)
  })
  await new Promise<void>((resolve) => sockets!.listen(0, '127.0.0.1', resolve))
  const address = sockets.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return { protocol: 'http', api: 'torchserve', tls: false, host: '127.0.0.1', port, path: '/predictions/m' }
}

const error = (type: string, message: string, code = 503) => JSON.stringify({ code, type, message })

test('two kinds of 503 are told apart by what the server said, and answered requests are no failures', async () => {
  const failures = await answering((request, response) => {
    response.statusCode = 503
    if (request.number % 3 === 0) response.end(error('InternalServerException', 'Prediction failed'))
    else if (request.number % 3 === 1)
      response.end(error('ServiceUnavailableException', 'Model "m" has no worker'))
    else {
      response.statusCode = 200
      answerFrames(request, response)
    }
  })
  expect(failures.map(({ status, message }) => `${status} ${message}`).toSorted()).toEqual([
    '503 InternalServerException: Prediction failed',
    '503 ServiceUnavailableException: Model "m" has no worker',
  ])
})

test('the threads of a load report together, and cameras count frames', async () => {
  const failures = await answering(
    (_, response) => {
      response.statusCode = 500
      response.end('no')
    },
    {
      threads: 2,
      extent: { passes: 10 },
      load: {
        kind: 'cameras',
        cameras: 4,
        fps: 50,
        phases: 'random',
        maxInFlightPerCamera: 1000,
        queue: { policy: 'queue', depth: 1000 },
        camerasPerClient: 1,
      },
    },
  )
  expect(failures).toMatchObject([{ outcome: 'http-error', status: 500, message: 'no' }])
  expect(failures[0]!.frames).toBe(100)
})

test('distinct messages stay a bounded list whose counts are complete', async () => {
  const failures = await answering(
    (request, response) => {
      response.statusCode = 500
      response.end(`failed with ${letters(request.number)}`)
    },
    { extent: { passes: 10 } },
  )
  expect(failures.length).toBe(mostFailures + 1)
  expect(failures[0]).toMatchObject({ outcome: 'http-error', requests: 100 - mostFailures })
  expect(failures[0]).not.toHaveProperty('message')
})

/** A different word for each number, without digits. */
function letters(number: number): string {
  return number.toString(2).replaceAll('0', 'x').replaceAll('1', 'y')
}

test('10,000 distinct messages, and as many equal ones, are counted without growing', () => {
  const log = failureLog({ answer: 'none', deadlineMs: 1000, answerName: 'an HTTP/1.1 answer', secrets: [] })
  const response = new ResponseReader(false)
  const add = (message: string) => {
    response.reset()
    const answer = Buffer.from(`HTTP/1.1 503 \r\ncontent-length: ${message.length}\r\n\r\n${message}`)
    response.feed(answer, 0, answer.length)
    log.add(
      {
        outcome: Outcome['http-error'],
        end: 'answered',
        exchange: { response, errorCode: undefined, reason: undefined, malformed: undefined, sentUs: 1 },
        framesInRequest: 2,
      },
      { requests: 1, frames: 2 },
    )
  }
  for (let number = 0; number < 10_000; number++) {
    add(`failed with ${letters(number)}`)
    add('always the same')
  }
  const failures = log.failures()
  expect(failures).toHaveLength(mostFailures + 1)
  expect(failures.find(({ message }) => message === 'always the same')?.requests).toBe(10_000)
  expect(failures.reduce((sum, { frames }) => sum + frames, 0)).toBe(40_000)
  expect(mergeFailures([...failures, ...failures])).toHaveLength(mostFailures + 1)
})

test('texts that differ only in numbers, addresses and ids are one failure with the first text', async () => {
  const failures = await answering((request, response) => {
    response.statusCode = 500
    const id = crypto.randomUUID()
    response.end(
      `job ${request.number} of ${id} died at 0x7f${request.number.toString(16)} after ${request.number * 1.5} ms`,
    )
  })
  expect(failures).toHaveLength(1)
  expect(failures[0]!.message).toMatch(/^job \d+ of /)
})

test('a binary body, and one of 5 MB, are told by their size and beginning', async () => {
  const binary = await answering((_, response) => {
    response.statusCode = 500
    response.end(Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 1, 2, 3, 0xfe]))
  })
  expect(binary[0]!.message).toBe('(9 bytes that are not text)')
  await closeServer()
  const large = await answering((_, response) => {
    response.statusCode = 500
    response.end('word '.repeat(1_000_000))
  })
  expect(large[0]!.message).toMatch(/^(word )+.*…$/)
  expect(large[0]!.message!.length).toBeLessThan(310)
})

test('a chunked body of an error is read, and HTML is told by its words', async () => {
  const failures = await answering((_, response) => {
    response.statusCode = 502
    response.write('<html><head><title>502 Bad Gateway</title><style>p{color:red}</style></head>')
    setTimeout(
      () => response.end('<body><script>alert(1)</script><hr><center>nginx/1.18.0</center></body></html>'),
      5,
    )
  })
  expect(failures[0]!.message).toBe('502 Bad Gateway. nginx/1.18.0')
})

test('a body that never ends is a timeout that says so', async () => {
  const failures = await answering(
    (_, response) => {
      response.statusCode = 500
      response.write('x')
    },
    // Long enough for a busy machine to receive the first byte.
    { deadlineMs: 1000, extent: { passes: 1 } },
  )
  expect(failures).toMatchObject([{ outcome: 'timeout', message: 'the answer was incomplete after 1000 ms' }])
  expect(failures[0]).not.toHaveProperty('status')
})

test('no answer within the deadline', async () => {
  const failures = await answering(() => undefined, { deadlineMs: 500, extent: { passes: 1 } })
  expect(failures).toMatchObject([{ outcome: 'timeout', message: 'no answer within 500 ms' }])
})

test('escape sequences, line breaks and a token that the server echoes do not come through', async () => {
  process.env['FAILURES_TEST_TOKEN'] = 'sEcretTokenOfTheTest'
  const { endpoint } = await scripted(({ headers }, response) => {
    response.statusCode = 403
    response.end(
      `\u001b[31mdenied\u001b[0m\r\n<b>${headers.authorization}</b>\u202e eyJhbGciOiJIUzI1.eyJzdWIiOiIx.c2ln`,
    )
  })
  const failures = await failuresOf({ ...endpoint, tokenEnv: 'FAILURES_TEST_TOKEN' })
  expect(failures[0]!.message).toBe('denied <b>Bearer ***</b> ***')
})

test('an answer with the wrong number of results says what was expected and what came', async () => {
  const failures = await answering((_, response) => response.end('[{"cat":1}]'), {
    framesPerRequest: 3,
    load: { kind: 'closed', framesInFlight: 6 },
  })
  expect(failures).toMatchObject([
    {
      outcome: 'bad-response',
      status: 200,
      message: 'expected a JSON list of 3 results, received [{"cat":1}]',
    },
  ])
})

test('a server that does not speak HTTP is quoted', async () => {
  const endpoint = await raw((socket) => socket.on('data', () => socket.end('SSH-2.0-OpenSSH_9.6\r\n')))
  const failures = await failuresOf(endpoint)
  expect(failures[0]).toMatchObject({
    outcome: 'bad-response',
    message: 'not an HTTP/1.1 answer: it does not begin with HTTP/1.; received SSH-2.0-OpenSSH_9.6',
  })
})

test('connections that break say when, and with which code', async () => {
  const reset = await failuresOf(await raw((socket) => socket.on('data', () => socket.resetAndDestroy())))
  expect(reset[0]).toMatchObject({
    outcome: 'connection-error',
    message: 'the connection was closed before the answer (ECONNRESET)',
  })
  sockets?.close()
  const middle = await failuresOf(
    await raw((socket) =>
      socket.on('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc')),
    ),
  )
  expect(middle[0]).toMatchObject({ message: 'the connection was closed in the middle of the answer' })
})

test('a server that goes away during the load refuses connections', async () => {
  const open: Socket[] = []
  let answered = 0
  const endpoint = await raw((socket) => {
    open.push(socket)
    socket.on('data', () => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n1')
      if (++answered < 12) return
      sockets?.close()
      for (const one of open) one.destroy()
    })
  })
  const failures = await failuresOf(endpoint)
  expect(failures.map(({ message }) => message)).toContain('could not connect (ECONNREFUSED)')
})
