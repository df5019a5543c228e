import { closeSync, openSync, write, writeFileSync } from 'node:fs'
import { ExitCode, UserError } from '../system/user-error.js'
import { BlockKind, RecordBlock, type SampleSink, sampleFileHead } from './record-block.js'

const blockBytes = 64 * 1024
/** Most bytes that may wait for a slow disk before the measurement fails. */
const maxWaitingBytes = 32_000_000

/** Takes samples at memory speed and appends them to the file in the background. */
export interface SampleWriter extends SampleSink {
  /** Starts to write the buffered samples, without waiting for the disk. */
  flush(): void
  /** Resolves when everything was passed to the operating system; rejects with the error that stopped the writing. */
  close(): Promise<void>
}

/** Creates an empty file. Threads then append to it with `openSampleWriter`. */
export function createSampleFile(file: string): void {
  try {
    writeFileSync(file, sampleFileHead())
  } catch (error) {
    throw cannotWrite(file, error)
  }
}

/** `onFailure` is called at once if the disk is full or too slow. After that, no more samples are kept. */
export function openSampleWriter(file: string, onFailure: (error: UserError) => void): SampleWriter {
  let fd: number
  try {
    fd = openSync(file, 'a')
  } catch (error) {
    throw cannotWrite(file, error)
  }
  const waiting: RecordBlock[] = []
  const spare: RecordBlock[] = []
  let writing = false
  let failure: UserError | undefined
  let whenIdle: (() => void) | undefined
  let requests = new RecordBlock(BlockKind.requests, blockBytes)
  let frames = new RecordBlock(BlockKind.frames, blockBytes)

  function freshBlock(kind: number): RecordBlock {
    const at = spare.findIndex((block) => block.kind === kind)
    return at < 0 ? new RecordBlock(kind, blockBytes) : spare.splice(at, 1)[0]!
  }

  function fail(error: UserError): void {
    if (failure !== undefined) return
    failure = error
    waiting.length = 0
    onFailure(error)
  }

  function enqueue(block: RecordBlock): void {
    if (failure !== undefined) return
    waiting.push(block)
    if (waiting.length * blockBytes > maxWaitingBytes) fail(tooSlow(file))
    if (!writing) writeNext()
  }

  function writeNext(): void {
    const block = waiting.shift()
    writing = block !== undefined
    if (block === undefined) {
      whenIdle?.()
      return
    }
    writeAll(fd, block.finished(), (error) => {
      if (error !== null) fail(cannotWrite(file, error))
      block.clear()
      // Memory for a burst that a slow disk caused must not stay allocated for the rest of the measurement.
      if (spare.length < 8) spare.push(block)
      writeNext()
    })
  }

  function flush(): void {
    if (requests.count > 0) {
      enqueue(requests)
      requests = freshBlock(BlockKind.requests)
    }
    if (frames.count > 0) {
      enqueue(frames)
      frames = freshBlock(BlockKind.frames)
    }
  }

  return {
    request(sample) {
      requests.addRequest(sample)
      if (requests.full) {
        enqueue(requests)
        requests = freshBlock(BlockKind.requests)
      }
    },
    frame(camera, frame, request, phase, outcome, capturedUs) {
      frames.addFrame(camera, frame, request, phase, outcome, capturedUs)
      if (frames.full) {
        enqueue(frames)
        frames = freshBlock(BlockKind.frames)
      }
    },
    flush,
    async close() {
      flush()
      if (writing) await new Promise<void>((resolve) => (whenIdle = resolve))
      closeSync(fd)
      if (failure !== undefined) throw failure
    },
  }
}

/** Appends all of `bytes`, in as many writes as the system needs. */
function writeAll(fd: number, bytes: Uint8Array, done: (error: Error | null) => void): void {
  write(fd, bytes, 0, bytes.byteLength, null, (error, written) => {
    if (error !== null) done(error)
    else if (written < bytes.byteLength) writeAll(fd, bytes.subarray(written), done)
    else done(null)
  })
}

export function cannotWrite(file: string, cause: unknown): UserError {
  const full =
    cause instanceof Error && 'code' in cause && (cause.code === 'ENOSPC' || cause.code === 'EDQUOT')
  return new UserError(full ? 'the disk is full' : 'samples cannot be written', {
    where: file,
    received: cause instanceof Error ? cause.message : String(cause),
    remedy: full
      ? 'Free some space, or choose another folder with --out. Samples written so far are kept in the run folder.'
      : 'Check that the folder exists and is writable, or choose another folder with --out.',
    exitCode: ExitCode.environment,
    cause,
  })
}

function tooSlow(file: string): UserError {
  return new UserError('the disk is too slow for the samples', {
    where: file,
    expected: `at most ${maxWaitingBytes / 1e6} MB waiting to be written`,
    remedy: 'Put the run folder on a local disk with --out. Samples written so far are kept.',
    exitCode: ExitCode.environment,
  })
}
