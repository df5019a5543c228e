import type { Argv } from 'yargs'
import { hideAddress } from '../../system/secret-address.js'
import { ExitCode, UserError } from '../../system/user-error.js'
import { defaults, knownWorkers, type ServerSettings } from '../../scenario/plan/plan.js'
import { loadRequest, requireEncoding } from '../../scenario/load-request.js'
import {
  fits,
  inputProblem,
  parseSize,
  sizeExpected,
  transports,
  type FrameSize,
} from '../../scenario/schema/video.js'
import { loadServer } from '../../scenario/load-server.js'
import { startServer } from '../../server/start-server.js'
import { runStream } from '../../stream/run-stream.js'
import { streamDefaults } from '../../stream/stream-settings.js'
import { withFfmpeg } from '../../frames/video/resolve-ffmpeg.js'
import { isLive } from '../../frames/video/is-live.js'
import { classifySource, requireVideoFile } from '../../frames/video/video-source.js'
import { printNotice, printResult, readWholeNumber, type Command } from '../command.js'

interface StreamFlags {
  input: string
  server: string
  tokenEnv?: string
  model: string
  batchSize?: string
  maxBatchDelay: string
  clientBatching: boolean
  encoding: 'auto' | 'raw' | 'base64' | 'multipart'
  request?: string
  every: string
  frames?: string
  size: string
  quality: string
  deadline: string
  queue?: 'queue' | 'drop-oldest' | 'drop-newest'
  queueDepth?: string
  fit?: (typeof fits)[number]
  transport?: (typeof transports)[number]
  inputOption?: string[]
}

export const streamCommand: Command<StreamFlags> = {
  builder: (yargs: Argv) =>
    yargs
      .option('input', {
        type: 'string',
        requiresArg: true,
        demandOption: true,
        describe:
          'Video file (sent at its own frame rate), capture device such as 0, or rtsp://… ($env:NAME is read from the environment)',
      })
      .option('server', {
        type: 'string',
        requiresArg: true,
        default: 'auto',
        describe: 'Server: auto, torchserve, embedded, http://…, or a YAML file with its fields',
      })
      .option('token-env', {
        type: 'string',
        requiresArg: true,
        describe: 'Environment variable that holds the token for a server at http://…',
      })
      .option('model', {
        type: 'string',
        requiresArg: true,
        default: defaults.model.name,
        describe: 'Model name',
      })
      .option('batch-size', {
        type: 'string',
        requiresArg: true,
        describe: 'Frames per batch (default: 4; 1 with --client-batching)',
      })
      .option('max-batch-delay', {
        type: 'string',
        requiresArg: true,
        default: String(defaults.batching.maxBatchDelayMs),
        describe: 'Maximum batch delay of the server, ms',
      })
      .option('client-batching', {
        type: 'boolean',
        default: false,
        describe: 'Send the frames of a batch in one request',
      })
      .option('encoding', {
        choices: ['auto', 'raw', 'base64', 'multipart'] as const,
        default: 'auto' as const,
        describe: 'Encoding of frames (auto: raw for one frame in a request, base64 for several)',
      })
      .option('request', {
        type: 'string',
        requiresArg: true,
        describe: 'Request to your own model, as model.request in a scenario: YAML, JSON or @file',
      })
      .option('every', {
        type: 'string',
        requiresArg: true,
        default: '20',
        describe: 'Print FPS after every N frames',
      })
      .option('frames', { type: 'string', requiresArg: true, describe: 'Stop after N frames' })
      .option('size', {
        type: 'string',
        requiresArg: true,
        default: defaults.video.size,
        describe: 'Scale frames to this size, such as 640x480, 640x or source',
      })
      .option('quality', {
        type: 'string',
        requiresArg: true,
        default: String(defaults.video.quality),
        describe: 'JPEG quality, 2 (best) to 31',
      })
      .option('deadline', {
        type: 'string',
        requiresArg: true,
        default: String(defaults.measure.deadlineMs),
        describe: 'Request timeout, ms',
      })
      .option('queue', {
        choices: ['queue', 'drop-oldest', 'drop-newest'] as const,
        describe:
          'What to do with frames when the server is slow (default: queue for files, drop-oldest for cameras)',
      })
      .option('queue-depth', {
        type: 'string',
        requiresArg: true,
        describe: 'Maximum number of waiting frames',
      })
      .option('fit', {
        choices: fits,
        describe: 'If --size has another shape than the video (default: stretch)',
      })
      .option('transport', { choices: transports, describe: 'How an rtsp:// camera sends (default: tcp)' })
      .option('input-option', {
        type: 'string',
        array: true,
        nargs: 1,
        describe: 'Option of ffmpeg for the input, such as framerate=30 (repeatable)',
      })
      .check(({ size, inputOption }: { size: string; inputOption?: string[] }) => {
        readSize(size)
        readInputOptions(inputOption)
        return true
      }),

  async run(flags, { interruption }) {
    const { signal } = interruption
    const { clientBatching, model: name } = flags
    const input = hideAddress(flags.input)
    const batchSize = readWholeNumber('--batch-size', flags.batchSize) ?? (clientBatching ? 1 : 4)
    const maxBatchDelayMs = readWholeNumber('--max-batch-delay', flags.maxBatchDelay, { from: 0 })
    const every = readWholeNumber('--every', flags.every)
    const frames = readWholeNumber('--frames', flags.frames)
    const quality = readWholeNumber('--quality', flags.quality, { from: 2, to: 31 })
    const deadlineMs = readWholeNumber('--deadline', flags.deadline)
    const queueDepth = readWholeNumber('--queue-depth', flags.queueDepth)
    const size = readSize(flags.size)
    const inputOptions = readInputOptions(flags.inputOption)
    const onStatus = (text: string) => printNotice(text)
    // Checked before anything is installed or started.
    const source = classifySource(input)
    if (source.kind === 'file') await requireVideoFile(source.path)
    const settings = withToken(await loadServer({ flag: '--server', server: flags.server }), flags.tokenEnv)
    const request =
      flags.request === undefined ? defaults.request : await loadRequest('--request', flags.request)
    const encoding = requireEncoding(flags.encoding, {
      frames: clientBatching ? batchSize : 1,
      request,
      server: settings,
    })
    const isLiveSource = await isLive(source, signal)
    const serverBatchSize = clientBatching ? 1 : batchSize
    const server = await startServer(
      settings,
      { name, weights: defaults.model.weights, request, answer: defaults.answer },
      {
        batching: {
          serverBatchSize,
          ...(serverBatchSize > 1 && { maxBatchDelayMs }),
          workers: knownWorkers({ server: settings }),
        },
        signal,
        onProgress: ({ text }) => onStatus(text),
      },
    )
    try {
      const chosen = streamDefaults({ isLive: isLiveSource, batchSize, clientBatching })
      const streaming = {
        ...chosen,
        ...size,
        fit: flags.fit,
        transport: flags.transport,
        inputOptions,
        isLive: isLiveSource,
        encoding,
        request,
        queue: {
          policy: flags.queue ?? chosen.queue.policy,
          depth: queueDepth ?? chosen.queue.depth,
        },
        endpoint: server.endpoint,
        input,
        quality,
        frames,
        batchSize,
        clientBatching,
        every,
        deadlineMs,
      }
      const totals = await withFfmpeg({ onProgress: onStatus, signal }, (ffmpeg) =>
        runStream({ ...streaming, ffmpeg }, { signal, print: printResult, onStatus }),
      )
      if (totals.framesFailed === 0) return ExitCode.pass
      return totals.framesAnswered === 0 ? ExitCode.environment : ExitCode.regression
    } finally {
      await server.stop()
    }
  },
}

function withToken(server: ServerSettings, tokenEnv: string | undefined): ServerSettings {
  if (tokenEnv === undefined) return server
  if (server.kind === 'url') {
    const { tokenFile: _replaced, ...rest } = server
    return { ...rest, tokenEnv }
  }
  throw new UserError('--token-env requires a server URL', {
    where: '--token-env',
    expected: '--server http://host:port',
    received: `--server ${server.kind}`,
  })
}

function readSize(text: string): FrameSize {
  const size = parseSize(text)
  if (size !== undefined) return size
  throw new UserError('--size is not valid', { where: '--size', expected: sizeExpected, received: text })
}

/** `--input-option framerate=30`, each of them an entry of `video.input` in a scenario. */
function readInputOptions(written: readonly string[] = []): Record<string, string> {
  const options = written.map((text): [string, string] => {
    const equals = text.indexOf('=')
    return equals < 1 ? [text, ''] : [text.slice(0, equals), text.slice(equals + 1)]
  })
  for (const [name, value] of options) {
    const problem = inputProblem(name, value)
    if (problem === undefined) continue
    throw new UserError(`--input-option ${name} is not valid`, {
      where: '--input-option',
      expected: problem,
      received: `${name}=${value}`,
    })
  }
  return Object.fromEntries(options)
}
