import { nowUs } from '../system/now-us.js'
import { maskAddress } from '../system/mask-address.js'
import { plural } from '../system/plural.js'
import { ExitCode, UserError } from '../system/user-error.js'
import { buildPayload } from '../frames/payload/build-payload.js'
import { describeInput } from '../frames/video/describe-input.js'
import { explainFfmpegEnd } from '../frames/video/explain-ffmpeg-end.js'
import { ffmpegCommand } from '../frames/video/ffmpeg-command.js'
import { requireProtocol } from '../frames/video/ffmpeg-protocols.js'
import { ffmpegVersion } from '../frames/video/ffmpeg-version.js'
import { classifySource, isEndless, requireVideoFile } from '../frames/video/video-source.js'
import { runFfmpeg } from '../frames/video/run-ffmpeg.js'
import { keepConnections } from '../load/post-frames.js'
import { liveSender } from './live-sender.js'
import type { StreamSettings, StreamTotals } from './stream-settings.js'
import { streamPrinter } from './stream-printer.js'
import { reachEndpoint } from '../server/endpoint.js'
import { requestHeaders } from '../server/access.js'

const connectLimitMs = 5000

/**
 * Streams one video source to the server in real time and prints an FPS line with the results of the last batch in
 * frame order after every `every` answered frames, each failure, and the totals at the end.
 *
 * After an abort, reading stops, requests in flight are awaited, one last batch of waiting frames is sent, the rest is
 * dropped, and the totals are printed and returned.
 * @throws UserError if the source or the server cannot be opened, or if the source breaks; in the last case after all
 *   frames read were sent and the totals printed
 */
export async function runStream(
  settings: StreamSettings,
  options: { signal: AbortSignal; print: (line: string) => void; onStatus: (text: string) => void },
): Promise<StreamTotals> {
  const { signal, print, onStatus } = options
  const { endpoint, ffmpeg, input, frames } = settings
  const source = classifySource(input)
  if (source.kind === 'file') await requireVideoFile(source.path)
  requireSendable(settings)
  // Checked once, before a camera is opened, and not for each frame.
  requestHeaders(endpoint)
  await reachEndpoint(endpoint, connectLimitMs)
  await requireProtocol(ffmpeg, source, input)
  const version = (await ffmpegVersion(ffmpeg)) ?? { text: 'unknown', major: Infinity, minor: 0 }
  const args = ffmpegCommand({ ...settings, source, input: settings.inputOptions, pace: 'live' }, version)

  const connections = keepConnections(endpoint)
  const printer = streamPrinter(settings, { print, nowMs: () => nowUs() / 1000 })
  const sender = liveSender(settings, { connections, printer, signal })
  let failure: Error | undefined
  try {
    const end = await runFfmpeg(ffmpeg, args, {
      signal,
      onFrame: (jpeg) => sender.accept(jpeg),
      onInput: (facts) => describeInput(facts, settings, source).forEach(onStatus),
    })
    const { framesRead } = printer.totals()
    failure = explainFfmpegEnd(
      end,
      { source: input, stream: settings.stream, damage: settings.isLive ? 'skip' : 'refuse' },
      framesRead,
    )
    if (settings.isLive || isEndless(source) === true) failure ??= sourceStopped(input, framesRead)
    // ffmpeg reads ahead of the last frame that is wanted: what happens there does not matter.
    if (framesRead === frames) failure = undefined
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    await sender.finish()
    connections.close()
  }
  // If nothing could be opened, totals are not needed.
  if (failure !== undefined && printer.totals().framesRead === 0) throw failure
  const totals = printer.end()
  if (failure !== undefined) throw failure
  return totals
}

/** ffmpeg treats the loss of a camera like the end of a video. */
function sourceStopped(input: string, framesRead: number): UserError {
  return new UserError(`the video source stopped after ${plural(framesRead, 'frame')}`, {
    where: maskAddress(input),
    expected: 'a camera stream that does not end by itself',
    remedy:
      'Check that the camera is running and that the network connection to it works, and run the command again.',
    exitCode: ExitCode.environment,
  })
}

/** Rejects field names and encodings that do not work for a batch, once and not for each request. */
function requireSendable({ encoding, request, message, batchSize, clientBatching }: StreamSettings): void {
  buildPayload([], { encoding, request, message, framesPerRequest: clientBatching ? batchSize : 1 })
}
