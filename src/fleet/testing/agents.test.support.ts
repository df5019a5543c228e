import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { LoadJob } from '../../load/load-job.js'
import {
  answerFrames,
  startScriptedServer,
  type ScriptedServer,
} from '../../load/testing/scripted-server.test.support.js'
import { nowUs } from '../../system/now-us.js'
import { connectBroker, type Broker } from '../broker/connect-broker.js'
import { putBlob } from '../broker/put-blob.js'
import { startBroker, type ManagedBroker, type StartBrokerOptions } from '../broker/start-broker.js'
import { announcement, type Announcement } from '../message/announcement.js'
import { agentEvent, type AgentEvent } from '../message/events.js'
import { comparisonToMessage } from '../message/comparison-message.js'
import { jobToMessage, type JobMessage } from '../message/job-message.js'
import { encodeMessage, parseMessage, thisProtocol } from '../message/parse-message.js'
import { payloadToMessage } from '../message/payload-message.js'
import { reply, type Reply, type RequestOf } from '../message/requests.js'
import { readChunk, sampleChunkBytes } from '../message/sample-chunks.js'
import { requestSubject, runStream, runSubject, type Verb } from '../message/subjects.js'
import { parseAllowed } from '../agent/allowed-address.js'
import { parseAllowedVariables } from '../agent/allowed-variables.js'
import { runAgent, type AgentSettings } from '../agent/run-agent.js'

/** A real broker on a free port; ended by `ManagedBroker.end`. */
export function startTestBroker(options: Partial<StartBrokerOptions> = {}): Promise<ManagedBroker> {
  return startBroker({ onProgress: () => undefined, ...options })
}

export function connectTo({ url, token }: Pick<ManagedBroker, 'url' | 'token'>): Promise<Broker> {
  return connectBroker({ url, token }, { name: 'test', onStatus: () => undefined })
}

/** What the test of an agent needs around it. */
export interface TestFleet {
  /** Answers frames. */
  server: ScriptedServer
  managed: ManagedBroker
  broker: Broker
  close: () => Promise<void>
}

export async function startTestFleet(): Promise<TestFleet> {
  const server = await startScriptedServer(answerFrames)
  const managed = await startTestBroker()
  const broker = await connectTo(managed)
  return {
    server,
    managed,
    broker,
    async close() {
      await broker.close()
      await managed.end()
      await server.close()
    },
  }
}

/** An agent in this process. */
export interface TestAgent {
  name: string
  lines: string[]
  /** Rejects with the error that ended it. */
  ended: Promise<void>
  stop: () => Promise<void>
}

export function startTestAgent(
  { url, token }: Pick<ManagedBroker, 'url' | 'token'>,
  settings: Partial<AgentSettings> & Pick<AgentSettings, 'workFolder'>,
): TestAgent {
  const lines: string[] = []
  const controller = new AbortController()
  const name = settings.name ?? 'site-a'
  const ended = runAgent(
    {
      access: { url, token },
      labels: {},
      allowed: parseAllowed([]),
      variables: parseAllowedVariables([]),
      ...settings,
      name,
    },
    { signal: controller.signal, log: (line) => lines.push(line) },
  )
  ended.catch(() => undefined)
  return {
    name,
    lines,
    ended,
    async stop() {
      controller.abort()
      await ended.catch(() => undefined)
    },
  }
}

/** Waits for the entry of an agent. @param except the id of an earlier process */
export async function entryOf({ agents }: Broker, name: string, except?: string): Promise<Announcement> {
  return until(`the entry of ${name}`, async () => {
    const entry = await agents.get(name).catch(() => null)
    if (entry === null || entry.operation !== 'PUT') return undefined
    const parsed = parseMessage(announcement, entry.value)
    if ('refused' in parsed) throw new Error(parsed.refused)
    return parsed.message.id === except ? undefined : parsed.message
  })
}

/** Asks until a value comes. */
export async function until<T>(
  what: string,
  ask: () => T | undefined | Promise<T | undefined>,
  ms = 20_000,
): Promise<T> {
  for (const end = Date.now() + ms; Date.now() < end; await sleep(20)) {
    const value = await ask()
    if (value !== undefined) return value
  }
  throw new Error(`${what} did not come within ${ms} ms`)
}

/** The coordinator's side of one agent, as thin as a test needs it. */
export class TestCoordinator {
  readonly run = randomUUID()
  readonly broker: Broker
  readonly agent: Announcement

  constructor(broker: Broker, agent: Announcement) {
    this.broker = broker
    this.agent = agent
  }

  /** Asks in the way of the coordinator: again, until there is an answer. */
  async ask<V extends Exclude<Verb, 'clock'>>(
    verb: V,
    message: Omit<RequestOf<V>, 'protocol' | 'agentId'> & { agentId?: string },
  ): Promise<Reply> {
    return this.send(verb, encodeMessage({ ...thisProtocol, agentId: this.agent.id, ...message }))
  }

  async send(verb: Verb, bytes: Uint8Array): Promise<Reply> {
    return until(`an answer to ${verb}`, async () => {
      const answer = await this.broker.connection
        .request(requestSubject(this.agent.name, verb), bytes, { timeout: 1000 })
        .catch(() => undefined)
      if (answer === undefined) return undefined
      const parsed = parseMessage(reply, answer.data)
      if ('refused' in parsed) throw new Error(parsed.refused)
      return parsed.message
    })
  }

  /** A job for the whole load, with its payload in the object store. */
  async jobFor(job: LoadJob, measurement: string = randomUUID()): Promise<JobMessage> {
    const { payloads } = this.broker
    const { payload, comparison, load, framesPerRequest } = job
    const frames = await putBlob(payloads, new Uint8Array(payload.bytes))
    const clients =
      load.kind === 'closed'
        ? Math.floor(load.framesInFlight / framesPerRequest)
        : Math.ceil(load.cameras / load.camerasPerClient)
    return jobToMessage(
      { ...job, slice: { agent: 0, agents: 1, firstClient: 0, clients } },
      { agent: this.agent.name, agentId: this.agent.id, run: this.run, measurement },
      {
        payload: await putBlob(payloads, encodeMessage(payloadToMessage(payload, frames))),
        comparison: comparison && (await putBlob(payloads, encodeMessage(comparisonToMessage(comparison)))),
      },
    )
  }

  /** Waits for an event about a measurement. */
  event<K extends AgentEvent['kind']>(
    measurement: string,
    kind: K,
    isWanted: (event: Extract<AgentEvent, { kind: K }>) => boolean = () => true,
  ): Promise<Extract<AgentEvent, { kind: K }>> {
    return until(
      `the event ${kind}`,
      async () => {
        const found = (await this.events(measurement)).findLast(
          (event): event is Extract<AgentEvent, { kind: K }> => event.kind === kind,
        )
        return found !== undefined && isWanted(found) ? found : undefined
      },
      60_000,
    )
  }

  /** All events about a measurement. */
  async events(measurement: string): Promise<AgentEvent[]> {
    const messages = await this.#messages(runSubject(this.run, 'event', this.agent.name))
    return messages
      .map(({ data }) => {
        const parsed = parseMessage(agentEvent, data)
        if ('refused' in parsed) throw new Error(parsed.refused)
        return parsed.message
      })
      .filter((event) => event.measurement === measurement)
  }

  /** The sample file of a measurement, from its chunks. */
  async samples(measurement: string, bytes: number): Promise<Buffer> {
    const file = Buffer.alloc(bytes)
    for (const message of await this.#messages(runSubject(this.run, 'samples', this.agent.name))) {
      const chunk = readChunk((name) => message.headers?.get(name), message.data.length)
      if (chunk === undefined) throw new Error('a message without a chunk')
      if (chunk.measurement === measurement) file.set(message.data, chunk.chunk * sampleChunkBytes)
    }
    return file
  }

  /** What the stream has on a subject now. */
  async #messages(subject: string) {
    const { manager, stream } = this.broker
    try {
      const { state } = await manager.streams.info(runStream, { subjects_filter: subject })
      const count = state.subjects?.[subject] ?? 0
      if (count === 0) return []
      const consumer = await stream.consumers.get(runStream, { filter_subjects: [subject] })
      const found = []
      for await (const message of await consumer.fetch({ max_messages: count, expires: 5000 })) {
        found.push(message)
        if (found.length === count) break
      }
      return found
    } catch {
      // The broker is away, or starts.
      return []
    }
  }
}

/** Runs a test with a folder that is removed afterwards. */
export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'framestorm-fleet-'))
  try {
    return await use(folder)
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** Runs a test with an agent and its coordinator. */
export function withAgent(
  { managed, broker }: Pick<TestFleet, 'managed' | 'broker'>,
  name: string,
  use: (coordinator: TestCoordinator, agent: TestAgent, workFolder: string) => Promise<void>,
  settings: Partial<AgentSettings> = {},
): Promise<void> {
  return withFolder(async (workFolder) => {
    const agent = startTestAgent(managed, { workFolder, name, ...settings })
    try {
      await use(new TestCoordinator(broker, await entryOf(broker, name)), agent, workFolder)
    } finally {
      await agent.stop()
    }
  })
}

/** Has a job prepared and started by an agent. */
export async function measure(
  coordinator: TestCoordinator,
  job: LoadJob,
): Promise<{ measurement: string; message: JobMessage; startUs: number }> {
  const message = await coordinator.jobFor(job)
  const { measurement } = message
  // An agent that has delivered is free a moment later.
  await until('an agent that is free', async () => {
    const answer = await coordinator.send('job', encodeMessage(message))
    if ('accepted' in answer) return true
    if (answer.refused === 'this agent is measuring') return undefined
    throw new Error(answer.refused)
  })
  await coordinator.event(measurement, 'ready')
  // On a busy machine the first instants may have passed when the agent reads of them.
  let aheadUs = 500_000
  const startUs = await until('a start that is ahead', async () => {
    const agreedUs = nowUs() + (aheadUs *= 2)
    const started = await coordinator.ask('start', { measurement, startUs: agreedUs })
    if ('accepted' in started) return agreedUs
    if (started.refused === 'the start has passed') return undefined
    throw new Error(started.refused)
  })
  return { measurement, message, startUs }
}
