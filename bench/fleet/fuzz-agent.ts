import { randomUUID } from 'node:crypto'
import * as z from 'zod'
import { seededRandom } from '../../src/system/seeded-random.js'
import { encodeMessage, parseMessage, thisProtocol } from '../../src/fleet/message/parse-message.js'
import { agentEvent, progressMessage } from '../../src/fleet/message/events.js'
import { announcement } from '../../src/fleet/message/announcement.js'
import { comparisonMessage } from '../../src/fleet/message/comparison-message.js'
import { payloadMessage } from '../../src/fleet/message/payload-message.js'
import { reply } from '../../src/fleet/message/requests.js'
import { requestSubject, verbs } from '../../src/fleet/message/subjects.js'
import type { TestCoordinator } from '../../src/fleet/testing/agents.test.support.js'
import { hostileMessage } from './hostile-messages.js'

export interface FuzzResult {
  sent: number
  accepted: number
  refused: number
  /** Requests without an answer that the schema of answers takes. */
  unanswered: number
}

const atOnce = 100

/**
 * Sends requests to a live agent that are nearly valid, and stops each load that one of them began.
 *
 * @param job a job that the agent would take
 */
export async function fuzzAgent(
  coordinator: TestCoordinator,
  job: Record<string, unknown>,
  { count, seed }: { count: number; seed: number },
): Promise<FuzzResult> {
  const { broker, agent } = coordinator
  const random = seededRandom(seed)
  const result: FuzzResult = { sent: 0, accepted: 0, refused: 0, unanswered: 0 }
  const about = () => ({
    ...thisProtocol,
    agentId: agent.id,
    measurement: `fuzz-${Math.floor(random() * 50)}`,
  })
  const valid = () => [
    { ...job, measurement: randomUUID() },
    { ...about(), startUs: 1e12 * random() },
    { ...about(), attempt: 1 },
    about(),
    about(),
  ]

  async function send(): Promise<void> {
    const bytes = hostileMessage(valid(), random)
    const verb = verbs[Math.floor(random() * verbs.length)]!
    result.sent++
    const answer = await broker.connection
      .request(requestSubject(agent.name, verb), bytes, { timeout: 10_000 })
      .catch(() => undefined)
    if (verb === 'clock' && answer !== undefined) {
      result.accepted++
      return
    }
    const parsed = answer && parseMessage(reply, answer.data)
    if (parsed === undefined || 'refused' in parsed) result.unanswered++
    else if ('refused' in parsed.message) result.refused++
    else {
      result.accepted++
      if (verb === 'job') await stop(bytes)
    }
  }

  async function stop(bytes: Uint8Array): Promise<void> {
    const { measurement } = begun.parse(JSON.parse(Buffer.from(bytes).toString()))
    const message = { ...thisProtocol, agentId: agent.id, measurement }
    await broker.connection.request(requestSubject(agent.name, 'stop'), encodeMessage(message), {
      timeout: 10_000,
    })
  }

  // An agent that answers nothing any more would take ten seconds for each of the others.
  while (result.sent < count && result.unanswered < atOnce)
    await Promise.all(Array.from({ length: Math.min(atOnce, count - result.sent) }, send))
  return result
}

const begun = z.object({ measurement: z.string() })

/** Has the coordinator's side read messages that are nearly valid. It throws if a parser does. */
export function fuzzParsers({ count, seed }: { count: number; seed: number }): {
  read: number
  refused: number
} {
  const random = seededRandom(seed)
  const subject = { ...thisProtocol, run: 'r', measurement: 'm', agent: 'a', agentId: 'i' }
  const delivery = { bytes: 1, sha256: 'a'.repeat(64), chunks: 1, requests: 1, frames: 0, attempt: 0 }
  const times = { startedAt: 'now', startedClockUs: 1, windowStartUs: 0, windowEndUs: 1 }
  const result = { ...times, complete: true, loadThreads: 1, connectionsRetried: 0, failures: [] }
  const progress = {
    elapsedMs: 1,
    phase: 'measured',
    framesOk: 1,
    framesFailed: 0,
    requestsInFlight: 1,
    fpsNow: 1,
  }
  const entry = { ...thisProtocol, name: 'a', id: 'i', version: '1', host: 'h', labels: { zone: 'eu' } }
  const frames = { sha256: 'a'.repeat(64), bytes: 4 }
  const head = { ...thisProtocol, frames, encoding: 'raw', contentType: 'image/jpeg', offsets: [0, 2, 4] }
  const cases: [z.ZodType, unknown][] = [
    [agentEvent, { ...subject, kind: 'ended', result, observations: {}, delivery }],
    [agentEvent, { ...subject, kind: 'failed', message: 'x', parts: { exitCode: 3 }, delivery }],
    [progressMessage, { ...subject, progress }],
    [announcement, { ...entry, cores: 2, allow: ['loopback'], state: 'idle' }],
    [payloadMessage, { ...head, leads: ['AA=='], trails: ['AA=='], end: '', variables: [] }],
    [
      comparisonMessage,
      {
        ...thisProtocol,
        rules: { compared: 'numbers', ignored: ['/a'], unordered: [] },
        json: true,
        singleKeys: [],
        references: [[0, { a: 1, b: [{ c: 2 }] }]],
      },
    ],
  ]
  let refused = 0
  for (let i = 0; i < count; i++) {
    const [schema, valid] = cases[i % cases.length]!
    if ('refused' in parseMessage(schema, hostileMessage([valid], random))) refused++
  }
  return { read: count - refused, refused }
}
