import type { Agent } from 'node:http'

import { frameQueue } from './frame-queue.js'
import { postFrames } from './post-frames.js'
import { readAnswer } from './read-answer.js'
import type { StreamPrinter } from './stream-printer.js'
import type { StreamSettings } from './stream-settings.js'

interface LiveFrame {
  /** From 1, in the order read. */
  number: number
  jpeg: Uint8Array
}

export interface LiveSender {
  /** Queues a frame and sends what is due; with the policy `queue` the promise holds the reader back. */
  accept(jpeg: Uint8Array): void | Promise<void>
  /** Sends what is left, a partial batch too, and resolves when every request has ended. */
  finish(): Promise<void>
}

/**
 * Gathers frames into requests and keeps enough of them open to fill the server's batch. After an abort it lets the
 * reader go, and of the waiting frames sends only one last batch.
 */
export function liveSender(
  settings: StreamSettings,
  { agent, printer, signal }: { agent: Agent; printer: StreamPrinter; signal: AbortSignal },
): LiveSender {
  const { batchSize, clientBatching, framesInFlight } = settings
  const framesPerRequest = clientBatching ? batchSize : 1
  const openLimit = Math.max(1, Math.floor(framesInFlight / framesPerRequest))
  // Less room than one request needs would never fill it.
  const depth = Math.max(settings.queue.depth, framesPerRequest)
  const queue = frameQueue<LiveFrame>({ ...settings.queue, depth })
  const open = new Set<Promise<void>>()
  let framesRead = 0
  let leastPerRequest = framesPerRequest
  let letReaderGo: (() => void) | undefined

  function sendWhatIsDue(): void {
    while (open.size < openLimit && queue.length() >= leastPerRequest) {
      const request = send(queue.take(framesPerRequest)).finally(() => {
        open.delete(request)
        sendWhatIsDue()
      })
      open.add(request)
    }
    if (!queue.isFull()) letReaderGo?.()
  }

  async function send(frames: LiveFrame[]): Promise<void> {
    const numbers = frames.map(({ number }) => number)
    const jpegs = frames.map(({ jpeg }) => jpeg)
    try {
      const answer = await postFrames(jpegs, { ...settings, agent })
      const read = readAnswer(answer, frames.length, settings.answer)
      if ('failure' in read) printer.failed(numbers, read.failure)
      else printer.answered(numbers, read.results)
    } catch (error) {
      printer.failed(numbers, error instanceof Error ? error.message : String(error))
    }
  }

  function accept(jpeg: Uint8Array): void | Promise<void> {
    printer.read()
    const dropped = queue.push({ number: ++framesRead, jpeg })
    if (dropped !== undefined) printer.dropped(1)
    sendWhatIsDue()
    if (settings.queue.policy !== 'queue' || !queue.isFull() || signal.aborted) return undefined
    return new Promise((resolve) => {
      letReaderGo = resolve
    })
  }

  async function finish(): Promise<void> {
    leastPerRequest = 1
    sendWhatIsDue()
    while (open.size > 0) await Promise.all(open)
  }

  function stop(): void {
    printer.dropped(queue.cut(batchSize).length)
    letReaderGo?.()
  }
  signal.addEventListener('abort', stop, { once: true })
  return { accept, finish }
}
