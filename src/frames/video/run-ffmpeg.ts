import { execa } from 'execa'
import { createInterface } from 'node:readline'
import type { FfmpegCommand } from './ffmpeg-command.js'
import { readFfmpegLog, type FfmpegLog, type InputFacts } from './ffmpeg-log.js'
import { splitMpjpeg } from './split-mpjpeg.js'

export interface FfmpegEnd {
  exitCode?: number | undefined
  /** The signal that ended it, such as SIGKILL. */
  signal?: string | undefined
  /** Why the program could not be started. */
  startError?: string | undefined
  log: FfmpegLog
  /** True if it ended in the middle of a frame. */
  unfinishedFrame: boolean
}

/**
 * Runs ffmpeg until its end and passes each JPEG to `onFrame`. If `onFrame` returns a promise, it is awaited, and
 * ffmpeg waits too once its pipe is full. Abort kills ffmpeg at once.
 * @throws the signal's reason after an abort, or what `onFrame` threw; in both cases after ffmpeg has exited
 */
export async function runFfmpeg(
  ffmpeg: string,
  { args, stdin }: FfmpegCommand,
  options: {
    onFrame: (jpeg: Buffer) => void | Promise<void>
    /** Called when ffmpeg has opened the input. */
    onInput?: ((input: InputFacts) => void) | undefined
    signal?: AbortSignal | undefined
  },
): Promise<FfmpegEnd> {
  const { onFrame, onInput, signal } = options
  signal?.throwIfAborted()
  const child = execa(ffmpeg, args, {
    ...(stdin === undefined ? { stdin: 'ignore' } : { input: stdin }),
    stdout: 'pipe',
    stderr: 'pipe',
    buffer: false,
    encoding: 'buffer',
    reject: false,
    // SIGKILL is safe, because ffmpeg writes no files here.
    killSignal: 'SIGKILL',
    env: { AV_LOG_FORCE_NOCOLOR: '1' },
    ...(signal && { cancelSignal: signal }),
  })
  const logged = readLog(child.stderr, onInput)
  const splitter = splitMpjpeg()
  try {
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
      for (const frame of splitter.push(chunk)) {
        const waiting = onFrame(frame)
        if (waiting !== undefined) await waiting
        signal?.throwIfAborted()
      }
    }
  } catch (error) {
    child.kill()
    await child
    signal?.throwIfAborted()
    throw error
  }
  const result = await child
  signal?.throwIfAborted()
  return {
    exitCode: result.exitCode,
    signal: result.signal,
    startError:
      result.exitCode === undefined && result.signal === undefined ? result.originalMessage : undefined,
    log: await logged,
    unfinishedFrame: splitter.unfinished(),
  }
}

async function readLog(
  stream: NodeJS.ReadableStream,
  onInput: ((input: InputFacts) => void) | undefined,
): Promise<FfmpegLog> {
  const { line, log } = readFfmpegLog(onInput)
  try {
    for await (const text of createInterface({ input: stream })) line(text)
  } catch {
    // The pipe closed together with ffmpeg, so the frames read so far are complete.
  }
  return log
}
