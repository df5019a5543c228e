import { z } from 'zod'
import { buildPayload } from '../../src/frames/payload/build-payload.js'
import { pointMessage } from '../../src/frames/payload/point-message.js'
import { decodeFrames } from '../../src/frames/video/decode-frames.js'
import { withFfmpeg } from '../../src/frames/video/resolve-ffmpeg.js'
import { postFrames } from '../../src/load/post-frames.js'
import { loadRequest, requireEncoding } from '../../src/scenario/load-request.js'
import { loadServer } from '../../src/scenario/load-server.js'
import { defaults } from '../../src/scenario/plan/plan.js'
import { endpointFor } from '../../src/server/running-server.js'
import { startServer } from '../../src/server/start-server.js'

/*
 * Sends the same frames to several servers, one and four per request, and prints how far their probabilities are from
 * those of the first one.
 *
 *     node dist/bench/servers/compare-answers.js torchserve 'http://127.0.0.1:8090,api=oip' '{ "server": …, "encoding": … }'
 *
 * A server is its text, or JSON with `server`, and `encoding` or `request` (the YAML of model.request).
 */

const asked = z.object({
  server: z.string(),
  encoding: z.enum(['auto', 'raw', 'base64', 'multipart']).default('auto'),
  request: z.string().optional(),
})

const probabilities = z.record(z.string(), z.number())
/** One result per frame: alone, in a list, or in the list of the only field. */
const answer = z.union([z.array(probabilities), z.record(z.string(), z.array(probabilities)), probabilities])

const frames = 24
const { signal } = new AbortController()
const clip = await withFfmpeg({ signal, onProgress: () => undefined }, (ffmpeg) =>
  decodeFrames({ source: 'fixtures/clip.mp4', frames, width: 640, height: 480, quality: 3 }, { ffmpeg }),
)

let reference: Record<string, number>[] | undefined
for (const argument of process.argv.slice(2)) {
  const { server: text, ...how } = asked.parse(
    argument.startsWith('{') ? JSON.parse(argument) : { server: argument },
  )
  const { settings, protocol } = await loadServer({ flag: '--server', server: text })
  const request = how.request === undefined ? defaults.request : await loadRequest('--request', how.request)
  const model = { name: 'resnet-18', weights: 'seeded', request, answer: 'auto' } as const
  const server = await startServer(settings, model, { batching: { serverBatchSize: 1, workers: 1 }, signal })
  try {
    for (const framesPerRequest of [1, 4]) {
      const encoding = requireEncoding(how.encoding, {
        frames: framesPerRequest,
        request,
        server: settings,
        protocol,
      })
      const batching = { encoding, ...(protocol === 'grpc' && { protocol }) }
      const message = pointMessage({ server: settings, model, batching }, server.tensor)
      const payload = buildPayload(clip.frames, { encoding, framesPerRequest, request, message })
      const results: Record<string, number>[] = []
      for (let first = 0; first < frames; first += framesPerRequest) {
        const own = Array.from({ length: framesPerRequest }, (_, place) => first + place)
        const { status, body } = await postFrames(endpointFor(server, protocol), payload, own, {
          deadlineMs: 60_000,
        })
        if (status !== 200) throw new Error(`status ${status}: ${body.toString()}`)
        results.push(...resultsIn(JSON.parse(body.toString())))
      }
      reference ??= results
      const largest = Math.max(...results.map((result, frame) => distance(result, reference![frame]!)))
      process.stdout.write(
        `${text} ${encoding}, ${framesPerRequest} per request: ${results.length} results, ` +
          `largest difference ${largest.toExponential(1)}\n`,
      )
    }
  } finally {
    await server.stop()
  }
}

function resultsIn(body: unknown): Record<string, number>[] {
  const read = answer.parse(body)
  if (Array.isArray(read)) return read
  const [only] = Object.values(read)
  return Array.isArray(only) ? only : [probabilities.parse(read)]
}

/** The largest difference of a probability. One that is not among the best five is missing, and so counts in full. */
function distance(one: Record<string, number>, other: Record<string, number>): number {
  const labels = new Set([...Object.keys(one), ...Object.keys(other)])
  return Math.max(...[...labels].map((label) => Math.abs((one[label] ?? 0) - (other[label] ?? 0))))
}
