import type { Argv } from 'yargs'
import { hideAddress } from '../../system/secret-address.js'
import { ExitCode, UserError } from '../../system/user-error.js'
import { defaults, knownWorkers, type ServerSettings } from '../../scenario/plan/plan.js'
import { loadRequest, requireEncoding } from '../../scenario/load-request.js'
import { modelVersion } from '../../scenario/schema/model.js'
import { loadServer } from '../../scenario/load-server.js'
import { endpointFor } from '../../server/running-server.js'
import { startServer } from '../../server/start-server.js'
import { pointMessage } from '../../frames/payload/point-message.js'
import { runStream } from '../../stream/run-stream.js'
import { streamDefaults } from '../../stream/stream-settings.js'
import { withFfmpeg } from '../../frames/video/resolve-ffmpeg.js'
import { isLive } from '../../frames/video/is-live.js'
import { classifySource, requireVideoFile } from '../../frames/video/video-source.js'
import { addVideoFlags, readVideoFlags, type VideoFlags } from '../video-flags.js'
import { printNotice, printResult, readWholeNumber, type Command } from '../command.js'

interface StreamFlags extends VideoFlags {
  input: string
  server: string
  tokenEnv?: string
  model: string
  modelVersion?: string | undefined
  batchSize?: string
  maxBatchDelay: string
  clientBatching: boolean
  encoding: 'auto' | 'raw' | 'base64' | 'multipart'
  request?: string
  every: string
  frames?: string
  deadline: string
  queue?: 'queue' | 'drop-oldest' | 'drop-newest'
  queueDepth?: string
}

export const streamCommand: Command<StreamFlags> = {
  builder: (yargs: Argv) =>
    addVideoFlags(
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
        .option('model-version', {
          type: 'string',
          requiresArg: true,
          describe: "Version of the model (default: the server's default version)",
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
        }),
    ),

  async run(flags, { interruption }) {
    const { signal } = interruption
    const { clientBatching, model: name } = flags
    const version = readVersion(flags.modelVersion)
    const input = hideAddress(flags.input)
    const batchSize = readWholeNumber('--batch-size', flags.batchSize) ?? (clientBatching ? 1 : 4)
    const maxBatchDelayMs = readWholeNumber('--max-batch-delay', flags.maxBatchDelay, { from: 0 })
    const every = readWholeNumber('--every', flags.every)
    const frames = readWholeNumber('--frames', flags.frames)
    const deadlineMs = readWholeNumber('--deadline', flags.deadline)
    const queueDepth = readWholeNumber('--queue-depth', flags.queueDepth)
    const video = readVideoFlags(flags)
    const onStatus = (text: string) => printNotice(text)
    // Checked before anything is installed or started.
    const source = classifySource(input)
    if (source.kind === 'file') await requireVideoFile(source.path)
    const loaded = await loadServer({ flag: '--server', server: flags.server })
    const { protocol } = loaded
    const settings = withToken(loaded.settings, flags.tokenEnv)
    const request =
      flags.request === undefined ? defaults.request : await loadRequest('--request', flags.request)
    const encoding = requireEncoding(flags.encoding, {
      frames: clientBatching ? batchSize : 1,
      request,
      server: settings,
      protocol,
    })
    const isLiveSource = await isLive(source, signal)
    const serverBatchSize = clientBatching ? 1 : batchSize
    const model = {
      name,
      ...(version !== undefined && { version }),
      weights: defaults.model.weights,
      request,
      answer: defaults.answer,
    }
    const sent = { encoding, ...(protocol === 'grpc' && { protocol }) }
    const server = await startServer(settings, model, {
      batching: {
        serverBatchSize,
        ...(serverBatchSize > 1 && { maxBatchDelayMs }),
        workers: knownWorkers({ server: settings }),
      },
      signal,
      onProgress: ({ text }) => onStatus(text),
    })
    try {
      const chosen = streamDefaults({ isLive: isLiveSource, batchSize, clientBatching })
      const streaming = {
        ...chosen,
        ...video,
        isLive: isLiveSource,
        encoding,
        request,
        message: pointMessage({ server: settings, model, batching: sent }, server.tensor),
        queue: {
          policy: flags.queue ?? chosen.queue.policy,
          depth: queueDepth ?? chosen.queue.depth,
        },
        endpoint: endpointFor(server, protocol),
        input,
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

function readVersion(text: string | undefined): string | undefined {
  if (text === undefined || modelVersion.safeParse(text).success) return text
  throw new UserError('--model-version is not valid', {
    where: '--model-version',
    expected: 'letters, digits, dot, dash, plus and underscore, such as 2.0',
    received: JSON.stringify(text),
    remedy: 'Write a version of the server, or remove --model-version for its default version.',
  })
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
