import type { Argv } from 'yargs'
import { ExitCode, UserError } from '../../system/user-error.js'
import { defaults } from '../../scenario/schema/defaults.js'
import { parseServer } from '../../scenario/grammar/parse-server.js'
import { parseSize } from '../../scenario/grammar/parse-size.js'
import type { ServerSettings } from '../../scenario/schema/settings.js'
import { startServer } from '../../server/start-server.js'
import { runStream } from '../../stream/run-stream.js'
import { streamDefaults } from '../../stream/stream-defaults.js'
import { ensureFfmpeg } from '../../frames/video/ensure-ffmpeg.js'
import { requireVideoFile } from '../../frames/video/require-video-file.js'
import { classifySource } from '../../frames/video/video-source.js'
import type { Command } from '../command.js'
import { printNotice, printResult } from '../command.js'
import { requireWholeNumber } from '../require-whole-number.js'

interface StreamFlags {
  input: string
  server: string
  tokenEnv?: string
  model: string
  batchSize: number
  maxBatchDelay: number
  clientBatching: boolean
  encoding?: 'base64' | 'multipart'
  every: number
  frames?: number
  size: string
  quality: number
  deadline: number
  queue?: 'queue' | 'drop-oldest' | 'drop-newest'
  queueDepth?: number
}

export const streamCommand: Command<StreamFlags> = {
  command: 'stream',
  describe: 'send one video source to the server, live, and print FPS and answers',
  builder: (yargs: Argv) =>
    yargs
      .option('input', {
        type: 'string',
        requiresArg: true,
        demandOption: true,
        describe: 'a file (at its own pace), a capture device such as 0, or rtsp://…',
      })
      .option('server', {
        type: 'string',
        requiresArg: true,
        default: 'auto',
        describe: 'auto, torchserve, embedded, http://…',
      })
      .option('token-env', {
        type: 'string',
        requiresArg: true,
        describe: 'environment variable that holds the token of the server at http://…',
      })
      .option('model', {
        type: 'string',
        requiresArg: true,
        default: defaults.model.name,
        describe: 'name of the model',
      })
      .option('batch-size', {
        type: 'number',
        requiresArg: true,
        describe: 'frames that one inference is asked to hold (default: 4; 1 with --client-batching)',
      })
      .option('max-batch-delay', {
        type: 'number',
        requiresArg: true,
        default: defaults.batching.maxBatchDelayMs,
        describe: 'ms that the server waits for a batch to fill',
      })
      .option('client-batching', {
        type: 'boolean',
        default: false,
        describe: 'send the frames of a batch in one request',
      })
      .option('encoding', {
        choices: ['base64', 'multipart'] as const,
        describe: 'how frames travel with --client-batching (default: base64)',
      })
      .option('every', {
        type: 'number',
        requiresArg: true,
        default: 20,
        describe: 'frames between two FPS lines',
      })
      .option('frames', { type: 'number', requiresArg: true, describe: 'stop after so many frames' })
      .option('size', {
        type: 'string',
        requiresArg: true,
        default: defaults.video.size,
        describe: 'frames are scaled to it',
      })
      .option('quality', {
        type: 'number',
        requiresArg: true,
        default: defaults.video.quality,
        describe: 'JPEG quality, 2 (best) to 31',
      })
      .option('deadline', {
        type: 'number',
        requiresArg: true,
        default: defaults.measure.deadlineMs,
        describe: 'ms that an answer may take',
      })
      .option('queue', {
        choices: ['queue', 'drop-oldest', 'drop-newest'] as const,
        describe:
          'what happens to frames that a slow server leaves waiting (default: files queue, cameras drop-oldest)',
      })
      .option('queue-depth', { type: 'number', requiresArg: true, describe: 'frames that may wait' })
      .check((argv) => {
        const { batchSize, maxBatchDelay, every, frames, quality, deadline, queueDepth, size } =
          // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- these are the flags declared above
          argv as unknown as StreamFlags
        requireWholeNumber('--batch-size', batchSize)
        requireWholeNumber('--max-batch-delay', maxBatchDelay, { from: 0 })
        requireWholeNumber('--every', every)
        requireWholeNumber('--frames', frames)
        requireWholeNumber('--quality', quality, { from: 2, to: 31 })
        requireWholeNumber('--deadline', deadline)
        requireWholeNumber('--queue-depth', queueDepth)
        requireSize(size)
        return true
      }),

  async run(flags, { interruption }) {
    const { signal } = interruption
    const { input, clientBatching, model: name } = flags
    const batchSize = flags.batchSize ?? (clientBatching ? 1 : 4)
    const { width, height } = parseSize(flags.size)
    const onStatus = (text: string) => printNotice(text)
    // Before anything is installed or started for it.
    const source = classifySource(input)
    if (source.kind === 'file') await requireVideoFile(source.path)
    const ffmpeg = await ensureFfmpeg({ onProgress: onStatus, signal })
    const settings = withToken(parseServer(flags.server), flags.tokenEnv)
    const serverBatchSize = clientBatching ? 1 : batchSize
    const server = await startServer(
      settings,
      { name, weights: defaults.model.weights, request: defaults.request, answer: defaults.answer },
      {
        batching: {
          serverBatchSize,
          ...(serverBatchSize > 1 && { maxBatchDelayMs: flags.maxBatchDelay }),
          workers: settings.kind === 'url' ? 1 : settings.workers,
        },
        signal,
        onProgress: ({ text }) => onStatus(text),
      },
    )
    try {
      const chosen = streamDefaults({ input, batchSize, clientBatching })
      const totals = await runStream(
        {
          ...chosen,
          ...(clientBatching && flags.encoding !== undefined && { encoding: flags.encoding }),
          queue: {
            policy: flags.queue ?? chosen.queue.policy,
            depth: flags.queueDepth ?? chosen.queue.depth,
          },
          endpoint: server.endpoint,
          ffmpeg,
          input,
          width,
          height,
          quality: flags.quality,
          frames: flags.frames,
          batchSize,
          clientBatching,
          every: flags.every,
          deadlineMs: flags.deadline,
        },
        { signal, print: printResult },
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
  if (server.kind === 'url') return { ...server, tokenEnv }
  throw new UserError('only a server that runs already asks for a token', {
    where: '--token-env',
    expected: 'with it, --server http://host:port',
    received: `--server ${server.kind}`,
  })
}

function requireSize(size: string): void {
  if (/^[1-9]\d{0,4}x[1-9]\d{0,4}$/.test(size)) return
  throw new UserError('--size needs a width and a height in pixels', {
    where: '--size',
    expected: 'for example 640x480',
    received: size,
  })
}
