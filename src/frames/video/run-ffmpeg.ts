import { execa } from 'execa'

import { splitMpjpeg } from './split-mpjpeg.js'

export interface FfmpegEnd {
  exitCode?: number | undefined
  /** The signal that ended it, such as SIGKILL. */
  signal?: string | undefined
  /** The start failed: the program is gone or may not be run. */
  startError?: string | undefined
  /** ffmpeg's last lines on stderr. */
  lastWords: string[]
  /** It ended in the middle of a frame. */
  unfinishedFrame: boolean
}

const keptLines = 20

/**
 * Runs ffmpeg until its end and hands over each JPEG. A promise that `onFrame` returns is waited for, and ffmpeg, its
 * pipe full, waits too. Abort kills ffmpeg at once; then the signal's reason is thrown, as is what `onFrame` throws,
 * after ffmpeg has gone.
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
    // Nothing is written that a hard end could spoil.
    killSignal: 'SIGKILL',
    env: { AV_LOG_FORCE_NOCOLOR: '1' },
    ...(signal && { cancelSignal: signal }),
  })
  const lastWords = keepLastLines(child.stderr)
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
    lastWords: await lastWords,
    unfinishedFrame: splitter.unfinished(),
  }
}

async function keepLastLines(stream: NodeJS.ReadableStream): Promise<string[]> {
  let text = ''
  try {
    for await (const chunk of stream) text = (text + String(chunk)).slice(-16_384)
  } catch {
    // Torn down together with ffmpeg: what was read so far is all there is.
  }
  return text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .slice(-keptLines)
}
