import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { countRecords } from '../../run/read-samples.js'
import type { Broker } from '../broker/connect-broker.js'
import type { AgentEvent, Delivery } from '../message/events.js'
import { encodeMessage } from '../message/parse-message.js'
import { chunkHeaders, chunkMessageId, sampleChunkBytes } from '../message/sample-chunks.js'
import { runSubject } from '../message/subjects.js'
import type { KeptMeasurement } from './kept-samples.js'

interface KeptMessage {
  subject: string
  /** The stream drops a second message with the same id. */
  id: string
  data: Uint8Array
  headers?: Record<string, string>
}

const ackMs = 5000
const retryMs = 300

/**
 * Publishes a message into the stream, again and again until the stream has it: the broker may restart, or its disk may
 * be full for a while.
 *
 * @throws the signal's reason on abort
 */
async function publishKept(
  { stream }: Pick<Broker, 'stream'>,
  { subject, id, data, headers }: KeptMessage,
  signal: AbortSignal,
): Promise<void> {
  const { headers: newHeaders } = await import('@nats-io/transport-node')
  for (;;) {
    signal.throwIfAborted()
    const fields = newHeaders()
    for (const [name, value] of Object.entries(headers ?? {})) fields.set(name, value)
    try {
      await stream.publish(subject, data, { msgID: id, headers: fields, timeout: ackMs })
      return
    } catch {
      await sleep(retryMs, undefined, { signal })
    }
  }
}

/** Publishes an event of an agent. It may be published twice, by a restarted agent too. */
export async function publishEvent(
  broker: Pick<Broker, 'stream'>,
  event: AgentEvent,
  signal: AbortSignal,
): Promise<void> {
  const { run, measurement, agent, agentId, kind } = event
  const attempt = 'delivery' in event && event.delivery !== undefined ? `.${event.delivery.attempt}` : ''
  await publishKept(
    broker,
    {
      subject: runSubject(run, 'event', agent),
      id: `${measurement}.${agent}.${agentId}.${kind}${attempt}`,
      data: encodeMessage(event),
    },
    signal,
  )
}

/** Chunks that wait for an acknowledgement at the same time: 4 MB. */
const mostOpen = 8

/**
 * Publishes a whole sample file in chunks, and resolves when the stream has all of them.
 *
 * @throws UserError if it is not a sample file; the signal's reason on abort
 */
export async function deliverSamples(
  broker: Pick<Broker, 'stream'>,
  { run, measurement, sampleFile }: KeptMeasurement,
  { agent, attempt, signal }: { agent: string; attempt: number; signal: AbortSignal },
): Promise<Delivery> {
  const records = countRecords(sampleFile)
  const subject = runSubject(run, 'samples', agent)
  const hash = createHash('sha256')
  const handle = await open(sampleFile)
  const waiting = new Set<Promise<void>>()
  let bytes = 0
  let chunks = 0
  try {
    for (;;) {
      const { bytesRead, buffer } = await handle.read(
        Buffer.alloc(sampleChunkBytes),
        0,
        sampleChunkBytes,
        bytes,
      )
      if (bytesRead === 0) break
      const data = buffer.subarray(0, bytesRead)
      const chunk = { measurement, chunk: chunks }
      hash.update(data)
      bytes += bytesRead
      chunks++
      const message = {
        subject,
        id: chunkMessageId(agent, chunk, attempt),
        data,
        headers: chunkHeaders(chunk),
      }
      const sent = publishKept(broker, message, signal).finally(() => waiting.delete(sent))
      // Whoever waits for it may begin later.
      sent.catch(() => undefined)
      waiting.add(sent)
      if (waiting.size >= mostOpen) await Promise.race(waiting)
    }
    await Promise.all(waiting)
  } finally {
    await handle.close()
    await Promise.allSettled(waiting)
  }
  return { bytes, sha256: hash.digest('hex'), chunks, ...records, attempt }
}
