import { EventEmitter, once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { readSamples } from '../run/read-samples.js'
import { outcomes } from '../run/record.js'
import type { LoadJob } from './load-job.js'
import { runLoad } from './run-load.js'
import {
  answerFrames,
  startScriptedServer,
  type ScriptedServer,
} from './testing/scripted-server.test.support.js'
import { smallPayload } from './testing/small-payload.test.support.js'

let folder = ''
let server: ScriptedServer
/** The tokens that the server accepts. */
let valid: string[] = []
/** How long it takes to refuse one. */
let refusalMs = 0

const refusal = JSON.stringify({
  code: 400,
  type: 'InvalidKeyException',
  message: 'Token Authorization failed. Token either incorrect, expired, or not provided correctly',
})

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'framestorm-token-'))
  valid = ['first-token']
  refusalMs = 0
  server = await startScriptedServer((request, response) => {
    const isValid = valid.some((token) => request.headers.authorization === `Bearer ${token}`)
    const answer = () =>
      isValid
        ? answerFrames(request, response)
        : void response.writeHead(400, { connection: 'close' }).end(refusal)
    setTimeout(answer, isValid ? 2 : refusalMs)
  })
})

afterEach(async () => {
  vi.unstubAllEnvs()
  await server.close()
  await rm(folder, { recursive: true, force: true })
})

async function writeKeys(token: string): Promise<string> {
  const file = join(folder, 'key_file.json')
  await writeFile(file, JSON.stringify({ inference: { key: token, 'expiration time': 'later' } }))
  return file
}

function job(source: { tokenEnv?: string; tokenFile?: string }): LoadJob {
  return {
    endpoint: { ...server.endpoint, ...source },
    payload: smallPayload(10, 1),
    framesPerRequest: 1,
    load: { kind: 'closed', framesInFlight: 2 },
    phaseSeed: 1,
    warmupMaxMs: 300,
    extent: { durationMs: 1500 },
    deadlineMs: 5000,
    answer: 'none',
    sampleFile: join(folder, 'samples.bin'),
    threads: 1,
  }
}

/** Waits until the server has seen so many more requests, with this token if one is given. */
async function requests(count: number, token = ''): Promise<void> {
  const before = server.seen.length
  const isIt = ({ headers }: ScriptedServer['seen'][number]) =>
    headers.authorization?.endsWith(token) === true
  const seen = () => server.seen.slice(before).filter(isIt).length
  await vi.waitFor(() => expect(seen()).toBeGreaterThan(count), { timeout: 30_000, interval: 5 })
}

/** Runs a load, and resolves `measured` once its window has begun. */
function startWatched(job: LoadJob) {
  const window = new EventEmitter()
  const measured = once(window, 'begins')
  const ended = runLoad(job, {
    signal: new AbortController().signal,
    onProgress: ({ phase }) => phase === 'measured' && window.emit('begins'),
  })
  return { measured, ended }
}

async function outcomesIn(file: string): Promise<Set<string | undefined>> {
  const { requests } = await readSamples(file)
  return new Set(Array.from(requests.outcome, (index) => outcomes[index]))
}

test('a token in a variable that expires in the window stops the load, resumable, in the right words', async () => {
  vi.stubEnv('SOME_TOKEN', 'first-token')
  const { measured, ended } = startWatched({
    ...job({ tokenEnv: 'SOME_TOKEN' }),
    extent: { durationMs: 60_000 },
  })
  const stopped = ended.catch((reason: unknown) => reason)
  await measured
  valid = ['second-token']
  const error = await stopped
  expect(error).toMatchObject({
    exitCode: 3,
    message: 'the token expired during the measurement, which does not count',
    parts: {
      resumable: true,
      received: expect.stringContaining('SOME_TOKEN'),
      remedy: expect.stringContaining('Then resume the run.'),
    },
  })
  expect(JSON.stringify(error)).not.toContain('first-token')
})

test('a fresh token in the file is used: the measurement starts again and has no failure', async () => {
  const tokenFile = await writeKeys('first-token')
  const onRestart = vi.fn<() => Promise<void>>(async () => {})
  const measuring = job({ tokenFile })
  const running = runLoad(measuring, { signal: new AbortController().signal, onRestart })
  await requests(50)
  // As TorchServe does: the old key is invalid before the new one is in the file.
  valid = ['second-token']
  await requests(0)
  await writeKeys('second-token')
  const result = await running
  expect(onRestart).toHaveBeenCalledTimes(1)
  expect(result).toMatchObject({ complete: true, failures: [] })
  expect(await outcomesIn(measuring.sampleFile)).toEqual(new Set(['ok']))
})

test('a file that is still being written is read again', async () => {
  const tokenFile = await writeKeys('first-token')
  const running = runLoad(job({ tokenFile }), { signal: new AbortController().signal })
  await requests(50)
  await writeFile(tokenFile, '{"inference":{"key":"second-')
  valid = ['second-token']
  await requests(0)
  await sleep(400)
  await writeKeys('second-token')
  expect(await running).toMatchObject({ complete: true, failures: [] })
})

test('so it is if the threads were given it before a request with the old one was refused', async () => {
  const tokenFile = await writeKeys('first-token')
  const onRestart = vi.fn<() => Promise<void>>(async () => {})
  const running = runLoad(job({ tokenFile }), { signal: new AbortController().signal, onRestart })
  await requests(50)
  refusalMs = 600
  valid = ['second-token']
  await requests(0)
  await writeKeys('second-token')
  expect(await running).toMatchObject({ complete: true, failures: [] })
  expect(onRestart).toHaveBeenCalledTimes(1)
})

test('a file that changes while the old token is still valid changes the token without a restart', async () => {
  const tokenFile = await writeKeys('first-token')
  valid = ['first-token', 'second-token']
  const onRestart = vi.fn<() => Promise<void>>(async () => {})
  const long = { ...job({ tokenFile }), extent: { durationMs: 60_000 } }
  const stopper = new AbortController()
  const running = runLoad(long, { signal: stopper.signal, onRestart })
  await requests(50)
  await writeKeys('second-token')
  // So many that no request with the old one can still be on its way.
  await requests(50, 'second-token')
  valid = ['second-token']
  await requests(50)
  stopper.abort()
  expect(await running).toMatchObject({ failures: [] })
  expect(onRestart).not.toHaveBeenCalled()
  expect(server.seen.at(-1)?.headers.authorization).toBe('Bearer second-token')
})

test('an expired token in a file that nobody renews stops the load after a short wait', async () => {
  const running = runLoad(job({ tokenFile: await writeKeys('first-token') }), {
    signal: new AbortController().signal,
  })
  const stopped = running.catch((reason: unknown) => reason)
  await requests(50)
  valid = []
  expect(await stopped).toMatchObject({
    exitCode: 3,
    parts: { resumable: true, remedy: expect.stringContaining('GET /token?type=inference') },
  })
})
