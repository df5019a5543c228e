import { buildPayload } from '../frames/payload/build-payload.js'
import { failureOf, postFrames, type KeptConnections } from '../load/post-frames.js'
import type { HttpAnswer } from '../server/send-http.js'
import { requestHeaders, secretsIn } from '../server/access.js'
import { frameQueue } from './frame-queue.js'
import { learnStreamShape, readAnswer, type StreamShape } from './read-answer.js'
import type { ReadFrame, StreamPrinter } from './stream-printer.js'
import type { StreamSettings } from './stream-settings.js'

interface LiveFrame extends ReadFrame {
  jpeg: Uint8Array
}

export interface LiveSender {
  /** Queues a frame and sends what is due. With the policy `queue`, it returns a promise while the queue is full. */
  accept(jpeg: Uint8Array): void | Promise<void>
  /** Sends all remaining frames, a partial batch included, and resolves when every request has ended. */
  finish(): Promise<void>
}

/**
 * Collects frames into requests and keeps enough requests in flight to fill the server's batch. After an abort it no
 * longer blocks the reader, sends one last batch of the waiting frames, and drops the rest.
 */
export function liveSender(
  settings: StreamSettings,
  {
    connections,
    printer,
    signal,
  }: { connections: KeptConnections; printer: StreamPrinter; signal: AbortSignal },
): LiveSender {
  const { endpoint, encoding, request, deadlineMs, batchSize, clientBatching, framesInFlight } = settings
  const framesPerRequest = clientBatching ? batchSize : 1
  const secrets = secretsIn(requestHeaders(endpoint))
  const openLimit = Math.max(1, Math.floor(framesInFlight / framesPerRequest))
  // A queue that is smaller than one request would never fill a request.
  const depth = Math.max(settings.queue.depth, framesPerRequest)
  const queue = frameQueue<LiveFrame>({ ...settings.queue, depth })
  const open = new Set<Promise<void>>()
  let framesRead = 0
  let minPerRequest = framesPerRequest
  let resumeReader: (() => void) | undefined
  let learning: Promise<StreamShape> | undefined

  function sendDue(): void {
    while (open.size < openLimit && queue.length() >= minPerRequest) {
      const sending = send(queue.take(framesPerRequest)).finally(() => {
        open.delete(sending)
        sendDue()
      })
      open.add(sending)
    }
    if (!queue.isFull()) resumeReader?.()
  }

  function post(jpegs: readonly Uint8Array[]): Promise<HttpAnswer> {
    const requests = { framesPerRequest: jpegs.length, request, message: settings.message }
    const payload = buildPayload(jpegs, { encoding, ...requests })
    return postFrames(endpoint, payload, [...jpegs.keys()], { deadlineMs, connections })
  }

  /** The shape of the answers, learned from the first answer to several frames. */
  function shapeFor(jpegs: readonly Uint8Array[], answer: HttpAnswer): Promise<StreamShape> | StreamShape {
    if (settings.answer !== 'auto') return { shape: settings.answer }
    if (jpegs.length === 1 || answer.status !== 200) return { shape: { perRequest: true } }
    learning ??= learnStreamShape(jpegs, answer, post)
    return learning
  }

  async function send(frames: LiveFrame[]): Promise<void> {
    const numbers = frames.map(({ number }) => number)
    try {
      const jpegs = frames.map(({ jpeg }) => jpeg)
      const answer = await post(jpegs)
      const learned = await shapeFor(jpegs, answer)
      if ('problem' in learned) {
        printer.failed(numbers, { outcome: 'bad-response', status: 200, message: learned.problem })
        return
      }
      const read = readAnswer(answer, frames.length, learned.shape, secrets)
      if ('failure' in read) printer.failed(numbers, read.failure)
      else printer.answered(frames, read.results)
    } catch (error) {
      printer.failed(numbers, failureOf(error))
    }
  }

  function accept(jpeg: Uint8Array): void | Promise<void> {
    const dropped = queue.push({ number: ++framesRead, readMs: printer.read(), jpeg })
    if (dropped !== undefined) printer.dropped(1)
    sendDue()
    if (settings.queue.policy !== 'queue' || !queue.isFull() || signal.aborted) return undefined
    return new Promise((resolve) => {
      resumeReader = resolve
    })
  }

  async function finish(): Promise<void> {
    minPerRequest = 1
    sendDue()
    while (open.size > 0) await Promise.all(open)
  }

  function stop(): void {
    printer.dropped(queue.cut(batchSize).length)
    resumeReader?.()
  }
  signal.addEventListener('abort', stop, { once: true })
  return { accept, finish }
}
