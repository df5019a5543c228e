import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { execa } from 'execa'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

import { ExitCode } from '../system/user-error.js'
import {
  type Script,
  type ScriptedServer,
  type SeenRequest,
  startScriptedServer,
} from '../load/testing/scripted-server.test.support.js'
import { resolveFfmpeg } from '../frames/video/resolve-ffmpeg.js'
import { tracedFfmpeg } from '../frames/video/traced-ffmpeg.test.support.js'
import { runStream } from './run-stream.js'
import type { StreamSettings } from './stream-settings.js'

const ffmpeg = (await resolveFfmpeg())?.path ?? ''
const clip = fileURLToPath(new URL('../../../fixtures/clip.mp4', import.meta.url))

const closing: (() => unknown)[] = []

afterEach(async () => {
  vi.unstubAllEnvs()
  for (const close of closing.splice(0)) await close()
})

async function serving(script: Script): Promise<ScriptedServer> {
  const server = await startScriptedServer(script)
  closing.push(() => server.close())
  return server
}

function answer(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status).end(JSON.stringify(value))
}

const answerAll: Script = (_, response) => {
  answer(response, {})
}

const settings: Omit<StreamSettings, 'endpoint'> = {
  ffmpeg,
  input: 'testsrc',
  isLive: false,
  width: 64,
  height: 48,
  quality: 5,
  frames: 30,
  batchSize: 4,
  clientBatching: false,
  encoding: 'raw',
  request: { field: 'frame_{i}', json: 'object' },
  answer: { list: '' },
  every: 10,
  deadlineMs: 20_000,
  framesInFlight: 8,
  queue: { policy: 'queue', depth: 64 },
}

async function stream(
  changes: Partial<StreamSettings> & Pick<StreamSettings, 'endpoint'>,
  signal?: AbortSignal,
) {
  const lines: string[] = []
  const print = (line: string) => lines.push(line)
  const totals = await runStream(
    { ...settings, ...changes },
    { signal: signal ?? new AbortController().signal, print, onStatus: () => undefined },
  )
  return { totals, lines }
}

const namesIn = ({ body }: SeenRequest) => Object.keys(JSON.parse(body))

/** Debian: gir1.2-gst-rtsp-server-1.0, gstreamer1.0-plugins-good, python3-gi. */
const gstreamer = `
import gi
gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer
Gst.init(None)`

const camera = `${gstreamer}
server = GstRtspServer.RTSPServer()
server.set_address("127.0.0.1")
server.set_service("0")
factory = GstRtspServer.RTSPMediaFactory()
factory.set_launch(
    "( videotestsrc is-live=true ! video/x-raw,format=I420,width=160,height=120,framerate=25/1"
    " ! jpegenc ! rtpjpegpay name=pay0 )"
)
server.get_mount_points().add_factory("/camera", factory)
server.attach(None)
print(server.get_bound_port(), flush=True)
GLib.MainLoop().run()`

async function hasRtspServer(): Promise<boolean> {
  const program = `${gstreamer}\nassert Gst.ElementFactory.find("rtpjpegpay") and Gst.ElementFactory.find("jpegenc")`
  const { failed } = await execa('/usr/bin/python3', ['-c', program], { reject: false })
  return !failed
}

let cameraProcess: ChildProcess | undefined

async function rtspCamera(): Promise<string> {
  const server = spawn('/usr/bin/python3', ['-c', camera], { stdio: ['ignore', 'pipe', 'inherit'] })
  cameraProcess = server
  closing.push(() => server.kill('SIGKILL'))
  const [port] = await once(server.stdout, 'data')
  return `rtsp://127.0.0.1:${String(port).trim()}/camera`
}

const rtspServerInstalled = await hasRtspServer()

describe.skipIf(ffmpeg === '')('streaming with the real ffmpeg to a real server', () => {
  let folder: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'framestorm-stream-'))
    closing.push(() => rm(folder, { recursive: true, force: true }))
  })

  test('server batching: frames wait together at the server, and each is answered', async () => {
    let waiting: ServerResponse[] = []
    const server = await serving(({ number }, response) => {
      waiting.push(response)
      // Answers only a full batch, and the rest of 30 frames: hangs unless enough requests are open at once.
      if (waiting.length < 4 && number < 28) return
      for (const response of waiting) answer(response, { number })
      waiting = []
    })
    const { totals, lines } = await stream({ endpoint: server.endpoint })
    expect(totals).toMatchObject({ framesRead: 30, framesAnswered: 30, framesFailed: 0, framesDropped: 0 })
    expect(server.seen.every(({ headers }) => headers['content-type'] === 'image/jpeg')).toBe(true)
    expect(server.seen.every(({ body }) => body.startsWith('\xff\xd8'))).toBe(true)
    expect(lines[0]).toMatch(
      /^With Batch Size 4, FPS at frame number 10 is \d+\.\d; server batching, frame latency p50 \d+ ms, p99 \d+ ms$/,
    )
    expect(lines.filter((line) => line.startsWith('With'))).toHaveLength(3)
    expect(lines.at(-1)).toMatch(
      /^30 frames read: 30 answered, 0 failed, 0 dropped in \d+\.\d s, \d+\.\d FPS$/,
    )
  })

  test('client batching: full requests, a partial one at the end, answers in frame order', async () => {
    const server = await serving((request, response) => {
      answer(
        response,
        namesIn(request).map((name) => `${request.number}/${name}`),
      )
    })
    const { totals, lines } = await stream({
      endpoint: server.endpoint,
      clientBatching: true,
      encoding: 'base64',
    })
    expect(totals).toMatchObject({ framesRead: 30, framesAnswered: 30 })
    expect(server.seen.map((request) => namesIn(request).length)).toEqual([4, 4, 4, 4, 4, 4, 4, 2])
    expect(lines.slice(0, 5)).toEqual([
      expect.stringMatching(/^With Batch Size 4, FPS at frame number 12 is /),
      '  frame 9: "2/frame_0"',
      '  frame 10: "2/frame_1"',
      '  frame 11: "2/frame_2"',
      '  frame 12: "2/frame_3"',
    ])
  })

  test('a file is played to its end', async () => {
    const short = join(folder, 'short.mp4')
    await execa(ffmpeg, ['-loglevel', 'error', '-i', clip, '-frames:v', '20', short])
    const server = await serving(answerAll)
    const { totals } = await stream({ endpoint: server.endpoint, input: short, frames: undefined })
    expect(totals).toMatchObject({ framesRead: 20, framesAnswered: 20 })
  })

  test('every failure is printed and counted: statuses and broken answers', async () => {
    const server = await serving(({ number }, response) => {
      const error = { code: 503, type: 'InternalServerException', message: 'Prediction failed' }
      if (number === 1) answer(response, error, 503)
      else if (number === 3)
        response.writeHead(200, { 'content-length': 10 }).write('[', () => response.destroy())
      // A detector answers one frame with any number of objects.
      else if (number === 5) answer(response, [{}, {}])
      else answer(response, {})
    })
    const { totals, lines } = await stream({ endpoint: server.endpoint, frames: 8, framesInFlight: 1 })
    expect(totals).toMatchObject({ framesRead: 8, framesAnswered: 6, framesFailed: 2, framesDropped: 0 })
    expect(lines.slice(0, 4)).toEqual([
      'frame 2 failed: status 503 InternalServerException: Prediction failed',
      expect.stringContaining('The handler raised an exception'),
      'frame 4 failed: the connection broke in the middle of the answer',
      expect.stringContaining('The connection broke while the answer arrived.'),
    ])
  })

  test('client batching: how answers are read is learned from the first one', async () => {
    const names = (body: string) => Object.keys(JSON.parse(body))
    const boxes = await serving(({ number, body }, response) => {
      const results = names(body).map((name) => ({ boxes: [number, name] }))
      answer(response, results.length === 1 ? results[0] : { predictions: results })
    })
    const batching = { clientBatching: true, encoding: 'base64', answer: 'auto', frames: 8 } as const
    const detected = await stream({ endpoint: boxes.endpoint, ...batching, every: 8 })
    expect(detected.totals).toMatchObject({ framesAnswered: 8 })
    expect(detected.lines.at(-2)).toMatch(/^ {2}frame 8: \{"boxes":\[\d,"frame_3"\]\}$/)
    const clips = await serving(({ body }, response) => answer(response, { action: names(body).length }))
    const acted = await stream({ endpoint: clips.endpoint, ...batching, every: 8 })
    expect(acted.lines.slice(0, 2)).toEqual([
      expect.stringMatching(/^With Batch Size 4, FPS at frame number 8 is /),
      '  frames 5 to 8: {"action":4}',
    ])
    const missing = await serving(({ body }, response) => {
      const results = names(body).map((name) => ({ name }))
      answer(response, results.length === 1 ? results[0] : results.slice(1))
    })
    const failed = await stream({ endpoint: missing.endpoint, ...batching })
    expect(failed.lines[0]).toMatch(/^frames 1 to 4 failed: expected one result per frame \(4\)/)
  })

  test('a server that never answers is not waited for beyond the deadline', async () => {
    const server = await serving(() => {})
    const changes = {
      endpoint: server.endpoint,
      frames: 6,
      clientBatching: true,
      encoding: 'multipart' as const,
    }
    const { totals, lines } = await stream({ ...changes, deadlineMs: 100 })
    expect(totals).toMatchObject({ framesRead: 6, framesAnswered: 0, framesFailed: 6 })
    expect(lines.slice(0, 3)).toEqual([
      'frames 1 to 4 failed: no answer within 100 ms',
      expect.stringContaining('The server did not answer within the deadline'),
      'frames 5 to 6 failed: no answer within 100 ms',
    ])
  })

  test('connections that the server closes between requests cost no frame', async () => {
    const server = await serving((_, response) => {
      const { socket } = response
      response.on('finish', () => setImmediate(() => socket?.destroy()))
      answer(response, {})
    })
    const { totals } = await stream({ endpoint: server.endpoint, framesInFlight: 1 })
    expect(totals).toMatchObject({ framesRead: 30, framesAnswered: 30, framesFailed: 0 })
  })

  test('a slow server: drop-oldest and drop-newest drop by count, and the rest is answered', async () => {
    for (const policy of ['drop-oldest', 'drop-newest'] as const) {
      const server = await serving((_, response) => setTimeout(answer, 200, response, {}))
      const queue = { policy, depth: 2 }
      const { totals, lines } = await stream({
        endpoint: server.endpoint,
        framesInFlight: 1,
        queue,
        every: 1,
      })
      const { framesRead, framesAnswered, framesFailed, framesDropped } = totals
      expect({ framesRead, framesFailed }).toEqual({ framesRead: 30, framesFailed: 0 })
      expect(framesDropped).toBeGreaterThan(0)
      expect(framesAnswered + framesDropped).toBe(30)
      expect(server.seen).toHaveLength(framesAnswered)
      expect(lines.some((line) => line.includes('frames dropped so far'))).toBe(true)
    }
  })

  test('a slow server: queue holds the reader back and loses nothing', async () => {
    let open = 0
    let mostOpen = 0
    const server = await serving((_, response) => {
      mostOpen = Math.max(mostOpen, ++open)
      setTimeout(() => {
        open--
        answer(response, {})
      }, 50)
    })
    const queue = { policy: 'queue', depth: 1 } as const
    const { totals } = await stream({ endpoint: server.endpoint, framesInFlight: 2, queue })
    expect(totals).toMatchObject({ framesRead: 30, framesAnswered: 30, framesDropped: 0 })
    expect(mostOpen).toBeLessThanOrEqual(2)
  })

  test('if no server listens, that is an error before the source is opened', async () => {
    const server = await serving(() => {})
    await server.close()
    await expect(stream({ endpoint: server.endpoint, input: '/dev/video987' })).rejects.toMatchObject({
      message: 'the server does not accept connections',
      exitCode: ExitCode.environment,
      parts: { where: `http://127.0.0.1:${server.endpoint.port}` },
    })
  })

  test('a server that dies in the middle fails the frames after it, and the totals still add up', async () => {
    const server = await serving(({ number }, response) => {
      if (number < 9) answer(response, {})
      else void server.close()
    })
    const { totals, lines } = await stream({ endpoint: server.endpoint, framesInFlight: 1 })
    expect(totals).toMatchObject({ framesRead: 30, framesAnswered: 9, framesFailed: 21, framesDropped: 0 })
    expect(lines).toContain('frame 30 failed: no connection (ECONNREFUSED)')
  })

  test('stopped from outside: what is open is finished, ffmpeg is gone, the totals are printed', async () => {
    const controller = new AbortController()
    const { program, processId } = await tracedFfmpeg(folder, ffmpeg)
    const server = await serving(({ number }, response) => {
      if (number === 11) controller.abort()
      setTimeout(answer, 30, response, {})
    })
    const endless = { endpoint: server.endpoint, ffmpeg: program, frames: undefined }
    const { totals, lines } = await stream(endless, controller.signal)
    const { framesRead, framesAnswered, framesFailed, framesDropped } = totals
    expect(framesAnswered).toBeGreaterThanOrEqual(12)
    expect(framesFailed).toBe(0)
    expect(framesRead).toBe(framesAnswered + framesDropped)
    expect(lines.at(-1)).toContain(`${framesRead} frames read: ${framesAnswered} answered`)
    const ffmpegId = await processId()
    expect(() => process.kill(ffmpegId, 0)).toThrow('ESRCH')
  })

  test('field names that cannot carry a batch are refused before anything is sent', async () => {
    const server = await serving(answerAll)
    const request = { field: 'data', json: 'object' } as const
    const changes = { endpoint: server.endpoint, clientBatching: true, encoding: 'base64' as const, request }
    await expect(stream(changes)).rejects.toMatchObject({ parts: { where: 'model.request.field' } })
    expect(server.seen).toEqual([])
  })

  test('the token is sent from its environment variable and never printed', async () => {
    vi.stubEnv('FRAMESTORM_TEST_TOKEN', 's3cret\n')
    const server = await serving((_, response) => answer(response, {}, 400))
    const endpoint = { ...server.endpoint, tokenEnv: 'FRAMESTORM_TEST_TOKEN' }
    const { lines } = await stream({ endpoint, frames: 2 })
    expect(server.seen[0]?.headers.authorization).toBe('Bearer s3cret')
    expect(lines.join('\n')).not.toContain('s3cret')
  })

  test('a missing file and an absent camera are errors for the user', async () => {
    const server = await serving(answerAll)
    await expect(
      stream({ endpoint: server.endpoint, input: join(folder, 'none.mp4') }),
    ).rejects.toMatchObject({
      message: 'the video cannot be read',
      exitCode: ExitCode.usage,
    })
    await expect(stream({ endpoint: server.endpoint, input: '/dev/video987' })).rejects.toMatchObject({
      message: 'the capture device cannot be opened',
      exitCode: ExitCode.environment,
    })
  })

  describe.skipIf(!rtspServerInstalled)('from a GStreamer RTSP server', () => {
    test('a camera is read over RTSP until enough frames came', async () => {
      const url = await rtspCamera()
      const server = await serving((request, response) => {
        answer(response, namesIn(request))
      })
      const changes = {
        endpoint: server.endpoint,
        input: url,
        isLive: true,
        frames: 12,
        clientBatching: true,
        encoding: 'base64' as const,
      }
      const { totals } = await stream(changes)
      expect(totals).toMatchObject({ framesRead: 12, framesAnswered: 12, framesFailed: 0, framesDropped: 0 })
    })

    test('a camera that disconnects is an error for the user, after its frames were answered', async () => {
      const url = await rtspCamera()
      const server = await serving(({ number }, response) => {
        if (number === 8) void cameraProcess?.kill('SIGKILL')
        answer(response, {})
      })
      const lines: string[] = []
      const endless = { ...settings, endpoint: server.endpoint, input: url, isLive: true, frames: undefined }
      const { signal } = new AbortController()
      await expect(
        runStream(endless, { signal, print: (line) => lines.push(line), onStatus: () => undefined }),
      ).rejects.toMatchObject({
        message: expect.stringMatching(/^the video source stopped after \d+ frames$/),
        exitCode: ExitCode.environment,
      })
      expect(lines.at(-1)).toMatch(/^(\d+) frames read: \1 answered, 0 failed, 0 dropped/)
    })

    test('an address without a camera is an error for the user', async () => {
      const url = await rtspCamera()
      const server = await serving(answerAll)
      await expect(stream({ endpoint: server.endpoint, input: `${url}-other` })).rejects.toMatchObject({
        message: 'the video source cannot be opened',
        exitCode: ExitCode.environment,
        parts: { excerpt: expect.stringContaining('404') },
      })
    })
  })
})
