import { randomUUID } from 'node:crypto'
import * as z from 'zod'
import { seededRandom } from '../../src/system/seeded-random.js'
import { encodeMessage, parseMessage, thisProtocol } from '../../src/fleet/message/parse-message.js'
import { reply } from '../../src/fleet/message/requests.js'
import { requestSubject, verbs } from '../../src/fleet/message/subjects.js'
import type { TestCoordinator } from '../../src/fleet/testing/agents.test.support.js'
import { hostileMessage } from './hostile-messages.js'
import { validMessages } from './valid-messages.js'

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
  let refused = 0
  for (let i = 0; i < count; i++) {
    const [schema, valid] = validMessages[i % validMessages.length]!
    if ('refused' in parseMessage(schema, hostileMessage([valid], random))) refused++
  }
  return { read: count - refused, refused }
}
