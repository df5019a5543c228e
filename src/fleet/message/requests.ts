import * as z from 'zod'
import { jobMessage } from './job-message.js'
import { clockUs, identifier, protocol, words } from './parse-message.js'
import type { Verb } from './subjects.js'

/*
 * What the coordinator asks an agent for. Every request may be repeated: an agent answers a repeated one in the same way,
 * and does nothing twice.
 */

const head = { protocol }
/** The process that is meant. A restarted agent is another one, so a request to the earlier one is refused. */
const toAgent = { ...head, agentId: identifier }
const aboutMeasurement = z.strictObject({ ...toAgent, measurement: identifier })

/** The request of each verb. */
export const requestSchemas = {
  /** The agent answers with the time at which it came, and at which it answered. */
  clock: z.strictObject(head),
  /** The agent prepares a load, and tells by an event that it is ready. */
  job: jobMessage,
  /** The load begins at this instant of the agent's clock. */
  start: z.strictObject({ ...toAgent, measurement: identifier, startUs: clockUs }),
  /** All agents have drained: the load may end. */
  release: aboutMeasurement,
  /** The load ends now; what was measured is delivered. */
  stop: aboutMeasurement,
  /** The samples are safe: the agent deletes its copy. */
  received: aboutMeasurement,
  /** The agent sends the samples again, because some of them did not arrive. */
  deliver: z.strictObject({ ...toAgent, measurement: identifier, attempt: z.int().min(1).max(1000) }),
} as const satisfies Record<Verb, z.ZodType>

export type RequestOf<V extends Verb> = z.infer<(typeof requestSchemas)[V]>

export const clockReply = z.strictObject({
  ...toAgent,
  receivedUs: clockUs,
  repliedUs: clockUs,
})

/** The answer to every other request. */
export const reply = z.union([
  z.strictObject({ ...head, accepted: z.literal(true) }),
  /** `busy`: it may be accepted later. `late`: the start has passed, and one further ahead may be accepted. */
  z.strictObject({
    ...head,
    refused: words,
    busy: z.literal(true).optional(),
    late: z.literal(true).optional(),
  }),
])
export type Reply = z.infer<typeof reply>
