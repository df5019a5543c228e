import { setTimeout as sleep } from 'node:timers/promises'
import type * as z from 'zod'
import type { AnswerComparison } from '../../load/answer/classify-answer.js'
import { runSlice, type SliceEnd } from '../../load/run-load.js'
import type { LoadProgress } from '../../load/control/watch-progress.js'
import type { Payload } from '../../frames/payload/payload.js'
import { watchMachine } from '../../system/machine/watch-machine.js'
import { ExitCode, UserError, messageOf } from '../../system/user-error.js'
import { loadBlob } from '../broker/load-blob.js'
import type { Broker } from '../broker/connect-broker.js'
import { comparisonFromMessage, comparisonMessage } from '../message/comparison-message.js'
import type { AgentEvent, Delivery, ProgressMessage } from '../message/events.js'
import { jobFromMessage, type JobMessage } from '../message/job-message.js'
import { type BlobName, encodeMessage, parseMessage, thisProtocol } from '../message/parse-message.js'
import { payloadFromMessage, payloadMessage } from '../message/payload-message.js'
import { progressSubject } from '../message/subjects.js'
import { deliverSamples, publishEvent } from './deliver-samples.js'
import type { KeptMeasurement, KeptSamples } from './kept-samples.js'

/** One measurement of an agent, from its job to its samples in the stream. */
export interface Measuring {
  start: (startUs: number) => void
  release: () => void
  /** Ends the load now. What was measured is delivered. */
  stop: () => void
  /** Resolves when everything is delivered. Rejects only if the agent itself is stopped. */
  done: Promise<void>
}

export interface MeasuringParts {
  broker: Broker
  kept: KeptSamples
  /** Where payloads are kept. */
  blobFolder: string
  agent: { name: string; id: string }
  /** Ends the delivery, too: the agent is stopped. */
  signal: AbortSignal
  /** Called when the agent itself goes on to its next state. */
  enter: (state: 'ready' | 'draining' | 'delivering') => void
  log: (line: string) => void
}

/** Without a start the agent is free again after so long: other agents may fetch a large payload over a thin link. */
const startWithinMs = 600_000
const progressEveryMs = 1000
/** Descriptions of payloads are far below. */
const mostBlobMessageBytes = 256e6

export function measureJob(job: JobMessage, parts: MeasuringParts): Measuring {
  const { broker, kept, agent, signal, enter, log } = parts
  const stopping = new AbortController()
  const stopped = AbortSignal.any([stopping.signal, signal])
  const started = deferred<number>()
  const released = deferred<void>()
  const subject = {
    ...thisProtocol,
    run: job.run,
    measurement: job.measurement,
    agent: agent.name,
    agentId: agent.id,
  }
  const tell = (event: AgentEvent) => publishEvent(broker, event, signal)
  /** The load does not wait for the broker. An event that cannot be sent any more belongs to an agent that is stopped. */
  const tellMeanwhile = (event: AgentEvent) => void tell(event).catch(() => undefined)

  async function ready(): Promise<number> {
    enter('ready')
    tellMeanwhile({ ...subject, kind: 'ready' })
    const waited = new AbortController()
    try {
      return await Promise.race([started.promise, noStart(waited.signal)])
    } finally {
      waited.abort()
    }
  }

  async function drained(): Promise<void> {
    enter('draining')
    tellMeanwhile({ ...subject, kind: 'drained' })
    await released.promise
  }

  async function load(
    sampleFile: string,
  ): Promise<{ end: SliceEnd; watch: ReturnType<typeof watchMachine> }> {
    const { payload, comparison } = await fetchParts(job, parts, stopped)
    const watch = watchMachine([])
    try {
      const end = await runSlice(jobFromMessage(job, { payload, comparison, sampleFile }), {
        signal: stopped,
        onProgress: progressSender(broker, subject),
        together: { ready, drained },
      })
      return { end, watch }
    } catch (error) {
      watch.abandon()
      throw error
    }
  }

  async function deliver(measured: KeptMeasurement): Promise<Delivery> {
    return deliverSamples(broker, measured, { agent: agent.name, attempt: 0, signal })
  }

  async function finish(event: AgentEvent): Promise<void> {
    // A disk that is full must not keep the coordinator from knowing.
    await kept.finish(event).catch((error: unknown) => log(messageOf(error)))
    await tell(event)
    log(`measurement ${job.measurement}: ${describeEnd(event)}`)
  }

  async function measure(): Promise<void> {
    let measured: KeptMeasurement | undefined
    try {
      measured = await kept.begin(job)
      const { end, watch } = await load(measured.sampleFile)
      enter('delivering')
      if (end.end !== 'complete') {
        // A refused token that was renewed also needs a new start of all agents.
        watch.abandon()
        await kept.forget(job.measurement)
        await tell({ ...subject, kind: 'too-busy', threads: end.threads })
        return
      }
      const { means, clockStepMs } = watch.end(end.result)
      const delivery = await deliver(measured)
      await finish({
        ...subject,
        kind: 'ended',
        result: end.result,
        observations: { clockStepMs, ...means },
        delivery,
      })
    } catch (error) {
      signal.throwIfAborted()
      enter('delivering')
      const delivery = measured && (await deliver(measured).catch(() => undefined))
      signal.throwIfAborted()
      await finish({ ...subject, kind: 'failed', ...describeFailure(error, log), delivery })
      if (delivery === undefined) await kept.forget(job.measurement)
    }
  }

  return {
    start: started.resolve,
    release: () => released.resolve(),
    stop: () => stopping.abort(),
    done: measure(),
  }
}

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined
  const promise = new Promise<T>((settle) => (resolve = settle))
  return { promise, resolve }
}

async function noStart(signal: AbortSignal): Promise<never> {
  await sleep(startWithinMs, undefined, { signal })
  throw new UserError('no start of the load was agreed', {
    expected: `a start within ${startWithinMs / 60_000} minutes`,
    exitCode: ExitCode.environment,
  })
}

/** The payload and the answers of a job, from the folder or over the broker. */
async function fetchParts(
  job: JobMessage,
  { broker, blobFolder }: MeasuringParts,
  signal: AbortSignal,
): Promise<{ payload: Payload; comparison: AnswerComparison | undefined }> {
  const load = (blob: BlobName) => loadBlob(broker.payloads, { folder: blobFolder, blob, signal })
  const read = async <T>(schema: z.ZodType<T>, blob: BlobName): Promise<T> => {
    if (blob.bytes > mostBlobMessageBytes) throw notReadable(`${blob.bytes} bytes`)
    const parsed = parseMessage(schema, new Uint8Array(await load(blob)), mostBlobMessageBytes)
    if ('refused' in parsed) throw notReadable(parsed.refused)
    return parsed.message
  }
  const head = await read(payloadMessage, job.payload)
  if (head.leads.length < job.framesPerRequest) throw notReadable('fewer frames per request than in the job')
  const payload = payloadFromMessage(head, await load(head.frames))
  const comparison =
    job.comparison === undefined
      ? undefined
      : comparisonFromMessage(await read(comparisonMessage, job.comparison))
  return { payload, comparison }
}

function notReadable(received: string): UserError {
  return new UserError('the payload of the job is not valid', { received, exitCode: ExitCode.environment })
}

/** Sends the progress once per second. Nothing keeps it, and nothing waits for it. */
function progressSender(
  { connection }: Pick<Broker, 'connection'>,
  subject: Omit<ProgressMessage, 'progress'>,
): (progress: LoadProgress) => void {
  let sentAt = Number.NEGATIVE_INFINITY
  return (progress) => {
    const now = performance.now()
    if (now - sentAt < progressEveryMs || connection.isClosed()) return
    sentAt = now
    connection.publish(progressSubject(subject.run, subject.agent), encodeMessage({ ...subject, progress }))
  }
}

/** What the coordinator gets to know of an error. */
function describeFailure(
  error: unknown,
  log: (line: string) => void,
): Pick<Extract<AgentEvent, { kind: 'failed' }>, 'message' | 'parts'> {
  if (error instanceof UserError) {
    const { cause: _cause, log: _log, ...parts } = error.parts
    return { message: error.message, parts: { ...parts, exitCode: error.exitCode } }
  }
  if (error instanceof Error && error.name === 'AbortError')
    return { message: 'the load was stopped before it began', parts: {} }
  log(error instanceof Error ? (error.stack ?? error.message) : String(error))
  return { message: messageOf(error), parts: { exitCode: ExitCode.bug } }
}

function describeEnd(event: AgentEvent): string {
  if (event.kind === 'failed') return `failed: ${event.message}`
  if (event.kind !== 'ended') return event.kind
  const { delivery, result } = event
  return `${result.complete ? 'complete' : 'stopped'}, ${delivery.requests} requests delivered`
}
