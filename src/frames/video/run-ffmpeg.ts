import { execa } from 'execa'
import { splitMpjpeg } from './split-mpjpeg.js'

export interface FfmpegEnd {
  exitCode?: number | undefined
  /** The signal that ended it, such as SIGKILL. */
  signal?: string | undefined
  /** Why the program could not be started. */
  startError?: string | undefined
  /** The last lines on stderr. */
  lastLines: string[]
  /** True if it ended in the middle of a frame. */
  unfinishedFrame: boolean
}

const mostLines = 20

/**
 * Runs ffmpeg until its end and passes each JPEG to `onFrame`. If `onFrame` returns a promise, it is awaited, and
 * ffmpeg waits too once its pipe is full. Abort kills ffmpeg at once.
 * @throws the signal's reason after an abort, or what `onFrame` threw; in both cases after ffmpeg has exited
 */
export async function runFfmpeg(
  ffmpeg: string,
  args: string[],
  options: { onFrame: (jpeg: Buffer) => void | Promise<void>; signal?: AbortSignal | undefined },
): Promise<FfmpegEnd> {
  const { onFrame, signal } = options
  signal?.throwIfAborted()
  const child = execa(ffmpeg, args, {
    stdin: 'ignore',
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
  const keptLines = keepLastLines(child.stderr)
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
    lastLines: await keptLines,
    unfinishedFrame: splitter.unfinished(),
  }
}

async function keepLastLines(stream: NodeJS.ReadableStream): Promise<string[]> {
  let text = ''
  try {
    for await (const chunk of stream) text = (text + String(chunk)).slice(-16_384)
  } catch {
    // The pipe closed together with ffmpeg, so the frames read so far are complete.
  }
  return text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .slice(-mostLines)
}
