/*
 * Does the delay of a live camera stay flat? An MJPEG camera on loopback (multipart/x-mixed-replace, 30 fps) is streamed
 * to a server that is faster or slower than the camera. Each frame shows its number, so the server knows when the camera
 * sent it.
 *
 *   node dist/bench/stream/camera-delay.js [seconds = 120] [service time of a frame, ms = 5 100]
 */
import { createHash } from 'node:crypto'
import { createServer, type RequestListener, type Server } from 'node:http'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { decodeFrames } from '../../src/frames/video/decode-frames.js'
import { ensureFfmpeg } from '../../src/frames/video/resolve-ffmpeg.js'
import { runStream } from '../../src/stream/run-stream.js'
import { streamDefaults } from '../../src/stream/stream-settings.js'

const fps = 30
/** Frames show their number modulo this, as eight black or white columns. */
const cycle = 256
const windowS = 15
const size = { width: 640, height: 480, quality: 3 }
const seconds = Number(process.argv[2] ?? 120)
const serviceTimesMs = process.argv.length > 3 ? process.argv.slice(3).map(Number) : [5, 100]

async function serve(listener: RequestListener): Promise<{ server: Server; port: number }> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return { server, port: typeof address === 'object' ? (address?.port ?? 0) : 0 }
}

function percentile(values: readonly number[], percent: number): string {
  const sorted = values.toSorted((a, b) => a - b)
  return (sorted[Math.ceil((percent / 100) * sorted.length) - 1] ?? Number.NaN).toFixed(0)
}

const ffmpeg = await ensureFfmpeg()
const folder = await mkdtemp(join(tmpdir(), 'framestorm-camera-'))
const columns = `geq=lum='235*mod(floor(N/pow(2,floor(X/80))),2)+16*(1-mod(floor(N/pow(2,floor(X/80))),2))':cb=128:cr=128`
const numbers = join(folder, 'numbers.mkv')
const source = [
  '-f',
  'lavfi',
  '-i',
  `color=black:size=640x480:rate=${fps},${columns}`,
  '-frames:v',
  String(cycle),
]
await execa(ffmpeg, ['-loglevel', 'error', ...source, '-c:v', 'mjpeg', '-q:v', '3', numbers])
const shown = await decodeFrames({ source: numbers, ...size }, { ffmpeg })
// The camera sends what was decoded once, and ffmpeg decodes it again, always to the same bytes.
const sentFolder = await decodeAgain(shown.frames)
const numberOf = new Map(sentFolder.map((frame, index) => [hashOf(frame), index]))

function hashOf(frame: Uint8Array): string {
  return createHash('sha256').update(frame).digest('hex')
}

async function decodeAgain(frames: readonly Uint8Array[]): Promise<Uint8Array[]> {
  const { server, port } = await serve((_, response) => {
    response.writeHead(200, { 'content-type': 'multipart/x-mixed-replace; boundary=frame' })
    // The last part is complete when the next one begins.
    for (const frame of [...frames, ...frames.slice(0, 1)]) response.write(part(frame))
    response.end()
  })
  const clip = await decodeFrames(
    { source: `http://127.0.0.1:${port}/`, ...size, frames: frames.length },
    { ffmpeg },
  )
  server.close()
  return clip.frames
}

function part(frame: Uint8Array): Buffer {
  const head = `--frame\r\nContent-Type: image/jpeg\r\nContent-Length: ${frame.length}\r\n\r\n`
  return Buffer.concat([Buffer.from(head), frame, Buffer.from('\r\n')])
}

for (const serviceMs of serviceTimesMs) {
  const sentAtMs = new Float64Array(cycle)
  const parts = shown.frames.map(part)
  const camera = await serve((request, response) => {
    response.writeHead(200, { 'content-type': 'multipart/x-mixed-replace; boundary=frame' })
    const begunMs = performance.now()
    let number = 0
    const timer = setInterval(() => {
      while (performance.now() - begunMs >= (number * 1000) / fps) {
        sentAtMs[number % cycle] = performance.now()
        response.write(parts[number % cycle]!)
        number++
      }
    }, 2)
    request.on('close', () => clearInterval(timer))
  })
  const delaysMs: { atS: number; delayMs: number }[] = []
  let unknown = 0
  let begunMs: number | undefined
  let freeAtMs = 0
  const inference = await serve((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const nowMs = performance.now()
      begunMs ??= nowMs
      const number = numberOf.get(hashOf(Buffer.concat(chunks)))
      // One worker: a frame waits until those before it are done.
      freeAtMs = Math.max(nowMs, freeAtMs) + serviceMs
      const doneMs = freeAtMs
      if (number === undefined) unknown++
      else delaysMs.push({ atS: (nowMs - begunMs) / 1000, delayMs: doneMs - sentAtMs[number]! })
      setTimeout(() => response.end('{}'), doneMs - nowMs)
    })
  })
  const stop = new AbortController()
  setTimeout(() => stop.abort(), seconds * 1000)
  const batchSize = 1
  const totals = await runStream(
    {
      ...streamDefaults({ isLive: true, batchSize, clientBatching: false }),
      ...size,
      endpoint: {
        protocol: 'http',
        api: 'torchserve',
        tls: false,
        host: '127.0.0.1',
        port: inference.port,
        path: '/predictions/x',
      },
      ffmpeg,
      input: `http://127.0.0.1:${camera.port}/camera`,
      isLive: true,
      answer: 'none',
      every: 1_000_000,
      batchSize,
      clientBatching: false,
    },
    { signal: stop.signal, print: () => undefined, onStatus: () => undefined },
  )
  process.stdout.write(
    `\nservice time ${serviceMs} ms: ${totals.framesRead} read, ${totals.framesAnswered} answered, ${totals.framesFailed} failed, ` +
      `${totals.framesDropped} dropped${unknown > 0 ? `, ${unknown} not recognised` : ''}\n` +
      '| seconds | answered | delay p50 ms | p99 ms |\n|---|---:|---:|---:|\n',
  )
  for (let fromS = 0; fromS < seconds; fromS += windowS) {
    const inWindow = delaysMs
      .filter(({ atS }) => atS >= fromS && atS < fromS + windowS)
      .map(({ delayMs }) => delayMs)
    process.stdout.write(
      `| ${fromS} to ${fromS + windowS} | ${inWindow.length} | ${percentile(inWindow, 50)} | ${percentile(inWindow, 99)} |\n`,
    )
  }
  for (const { server } of [camera, inference]) {
    server.closeAllConnections()
    server.close()
  }
}
await rm(folder, { recursive: true, force: true })
