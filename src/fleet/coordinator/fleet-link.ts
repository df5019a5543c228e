import { setTimeout as sleep } from 'node:timers/promises'
import type { JsMsg, ConsumerMessages } from '@nats-io/jetstream'
import type { LoadJob } from '../../load/load-job.js'
import { nowUs } from '../../system/now-us.js'
import { putBlob } from '../broker/put-blob.js'
import type { Broker } from '../broker/connect-broker.js'
import type { ClockProbe } from '../clock/clock-relation.js'
import { comparisonToMessage } from '../message/comparison-message.js'
import { agentEvent, progressMessage, type AgentEvent, type ProgressMessage } from '../message/events.js'
import { encodeMessage, parseMessage, thisProtocol, type BlobName } from '../message/parse-message.js'
import { payloadToMessage } from '../message/payload-message.js'
import { announcement, type Announcement } from '../message/announcement.js'
import { clockReply, reply, type Reply } from '../message/requests.js'
import { readChunk } from '../message/sample-chunks.js'
import {
  requestSubject,
  runStream,
  progressSubject,
  readRunSubject,
  runSubject,
  subjectsOfRun,
  type Verb,
} from '../message/subjects.js'
import type { Presence } from './presence.js'
import { silentMs } from './presence.js'
import type { SampleReceiver } from './receive-samples.js'

/** What the coordinator hears about a measurement. */
export interface MeasurementListener {
  /** False if the event is of another process of an agent than the one that measures. */
  onEvent: (event: AgentEvent) => boolean
  onProgress: (message: ProgressMessage) => void
}

/** The coordinator's end of the broker: it asks agents, hears what they tell, and sees which ones are there. */
export interface FleetLink {
  readonly run: string
  readonly receiver: SampleReceiver
  /** The agents that are there now. */
  present: () => Announcement[]
  presence: (agent: Announcement) => Presence
  /** When the connection was made again; undefined while it is lost. */
  reachableSinceMs: () => number | undefined
  /** Repeats a request until it is answered; undefined if it is over before. */
  ask: (
    agent: Pick<Announcement, 'name'>,
    verb: Verb,
    message: EncodedMessage,
    isOver: () => boolean,
  ) => Promise<Reply | undefined>
  /** Undefined if no answer came in time, or that of another process. */
  probeClock: (agent: Announcement) => Promise<ClockProbe | undefined>
  /** Makes the payload and the answer comparison of a job available to agents. */
  putPayload: (
    job: Pick<LoadJob, 'payload' | 'comparison'>,
    signal: AbortSignal,
  ) => Promise<{ payload: BlobName; comparison?: BlobName | undefined }>
  listen: (measurement: string, listener: MeasurementListener) => { stop: () => void }
  /** Removes what was received from the stream. */
  forget: () => Promise<void>
  close: () => Promise<void>
}

type EncodedMessage = Parameters<typeof encodeMessage>[0] & Record<string, unknown>

const askTimeoutMs = 2000
const retryMs = 200
/** At most so many messages wait in memory: samples come in chunks of half a megabyte. */
const mostWaiting = 16

export interface OpenLinkOptions {
  /** Events with this name belong to this coordinator, also those that came when it was not there. */
  run: string
  receiver: SampleReceiver
  /** Called for events of no measurement that is under way. */
  onUnclaimed: (event: AgentEvent) => void
}

export async function openFleetLink(
  { connection, stream, manager, agents, payloads }: Broker,
  { run, receiver, onUnclaimed }: OpenLinkOptions,
): Promise<FleetLink> {
  const { DeliverPolicy } = await import('@nats-io/jetstream')
  const listeners = new Map<string, MeasurementListener>()
  const seen = new Map<string, { announcement: Announcement; seenMs: number; refreshed: boolean }>()
  let reachableSinceMs: number | undefined = Number.NEGATIVE_INFINITY
  let lastSequence = 0
  const closing = new AbortController()
  let reading: { stop: () => void }[] = []

  function hearMessage(message: JsMsg): void {
    lastSequence = message.seq
    const subject = readRunSubject(message.subject)
    if (subject === undefined) return
    const { kind, agent } = subject
    if (kind === 'samples') {
      const chunk = readChunk((name) => message.headers?.get(name), message.data.length)
      if (chunk !== undefined) receiver.write(agent, chunk, message.data)
      return
    }
    const parsed = parseMessage(agentEvent, message.data)
    if (!('message' in parsed) || parsed.message.agent !== agent) return
    const event = parsed.message
    heard(event)
    const listener = event.kind === 'recovered' ? undefined : listeners.get(event.measurement)
    if (listener?.onEvent(event) !== true) onUnclaimed(event)
  }

  /** Whatever an agent tells is a sign of life. */
  function heard({ agent, agentId }: Pick<AgentEvent, 'agent' | 'agentId'>): void {
    const known = seen.get(agent)
    if (known?.announcement.id === agentId) known.seenMs = Date.now()
  }

  async function readStream(): Promise<void> {
    const { state } = await manager.streams.info(runStream)
    // The broker lost its files: numbers begin again.
    if (state.last_seq < lastSequence) lastSequence = 0
    const consumer = await stream.consumers.get(runStream, {
      filter_subjects: subjectsOfRun(run),
      ...(lastSequence === 0
        ? { deliver_policy: DeliverPolicy.All }
        : { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: lastSequence + 1 }),
    })
    const messages: ConsumerMessages = await consumer.consume({ max_messages: mostWaiting })
    reading.push(messages)
    for await (const message of messages) hearMessage(message)
  }

  async function readAgents(): Promise<void> {
    const entries = await agents.watch()
    reading.push(entries)
    for await (const { key, operation, value } of entries) {
      if (operation !== 'PUT') continue
      const parsed = parseMessage(announcement, value)
      if (!('message' in parsed) || parsed.message.name !== key) continue
      const before = seen.get(key)
      const refreshed = before?.announcement.id === parsed.message.id
      seen.set(key, { announcement: parsed.message, seenMs: Date.now(), refreshed })
    }
  }

  /** Reads until the link is closed: again from where it was, whenever the connection was lost. */
  async function keepReading(read: () => Promise<void>): Promise<void> {
    while (!closing.signal.aborted) {
      await read().catch(() => undefined)
      await sleep(retryMs)
    }
  }

  async function watchConnection(): Promise<void> {
    for await (const { type } of connection.status()) {
      if (type === 'disconnect') reachableSinceMs = undefined
      if (type !== 'reconnect') continue
      reachableSinceMs = Date.now()
      stopReading()
    }
  }

  function stopReading(): void {
    const before = reading
    reading = []
    for (const one of before) one.stop()
  }

  void keepReading(readStream)
  void keepReading(readAgents)
  void watchConnection()
  const progress = connection.subscribe(progressSubject(run, '*'), {
    callback(error, message) {
      const parsed = error === null ? parseMessage(progressMessage, message.data) : undefined
      if (parsed === undefined || !('message' in parsed)) return
      heard(parsed.message)
      listeners.get(parsed.message.measurement)?.onProgress(parsed.message)
    },
  })
  const blobs = new WeakMap<object, Promise<BlobName>>()

  return {
    run,
    receiver,
    present: () =>
      // An entry that was there before says only that its agent was alive within the last seconds.
      [...seen.values()]
        .filter(({ refreshed, seenMs }) => refreshed && Date.now() - seenMs < silentMs)
        .map((one) => one.announcement),
    presence({ name, id }) {
      const known = seen.get(name)
      return { id, seenMs: known?.seenMs ?? 0, seenId: known?.announcement.id ?? id }
    },
    reachableSinceMs: () => reachableSinceMs,
    async ask(agent, verb, message, isOver) {
      const bytes = encodeMessage(message)
      while (!isOver() && !closing.signal.aborted) {
        try {
          const answer = await connection.request(requestSubject(agent.name, verb), bytes, {
            timeout: askTimeoutMs,
          })
          const parsed = parseMessage(reply, answer.data)
          if ('message' in parsed) return parsed.message
        } catch {
          // No answer in time, or nobody is there now.
        }
        await sleep(retryMs)
      }
      return undefined
    },
    async probeClock({ name, id }) {
      const bytes = encodeMessage(thisProtocol)
      const sentUs = nowUs()
      try {
        const answer = await connection.request(requestSubject(name, 'clock'), bytes, {
          timeout: askTimeoutMs,
        })
        const answeredUs = nowUs()
        const parsed = parseMessage(clockReply, answer.data)
        if (!('message' in parsed) || parsed.message.agentId !== id) return undefined
        const { receivedUs, repliedUs } = parsed.message
        return { sentUs, answeredUs, receivedUs, repliedUs }
      } catch {
        return undefined
      }
    },
    async putPayload({ payload, comparison }, signal) {
      const put = (key: object, bytes: () => Uint8Array): Promise<BlobName> => {
        let stored = blobs.get(key)
        if (stored === undefined) {
          stored = putBlob(payloads, bytes(), signal)
          blobs.set(key, stored)
          stored.catch(() => blobs.delete(key))
        }
        return stored
      }
      const frames = await put(payload.bytes, () => new Uint8Array(payload.bytes))
      return {
        payload: await put(payload, () => encodeMessage(payloadToMessage(payload, frames))),
        ...(comparison !== undefined && {
          comparison: await put(comparison, () => encodeMessage(comparisonToMessage(comparison))),
        }),
      }
    },
    listen(measurement, listener) {
      listeners.set(measurement, listener)
      return { stop: () => void listeners.delete(measurement) }
    },
    async forget() {
      for (const kind of ['event', 'samples'] as const)
        await manager.streams
          .purge(runStream, { filter: runSubject(run, kind, '*'), seq: lastSequence + 1 })
          // It leaves the stream by its age.
          .catch(() => undefined)
    },
    async close() {
      closing.abort()
      stopReading()
      progress.unsubscribe()
    },
  }
}
