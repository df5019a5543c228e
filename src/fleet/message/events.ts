import * as z from 'zod'
import { failureSchema } from '../../run/failure-schema.js'
import { mostFailures } from '../../run/failures.js'
import { phases } from '../../run/record.js'
import type { LoadProgress } from '../../load/control/watch-progress.js'
import type { LoadResult } from '../../load/control/load-result.js'
import { ExitCode, type UserErrorParts } from '../../system/user-error.js'
import { clockUs, identifier, protocol, sha256, words } from './parse-message.js'

/*
 * What an agent tells about a measurement. Events are kept by the stream, so none is lost if the broker restarts; one may
 * come twice.
 */

const count = z.int().min(0)
const finite = z.number()
const text = words.optional()

/** The samples of a measurement as they were delivered: a whole sample file. */
const delivery = z.strictObject({
  bytes: count,
  sha256,
  chunks: count,
  /** Records in the file. */
  requests: count,
  frames: count,
  /** 0, or the number of the request to deliver that was answered. */
  attempt: count,
})
export type Delivery = z.infer<typeof delivery>

const failure = failureSchema.extend({ message: text })

/** The result of a load on one agent. Its times are on the agent's clock. */
const loadResult = z.object({
  startedAt: z.string().max(64),
  startedClockUs: clockUs,
  windowStartUs: clockUs,
  windowEndUs: clockUs,
  complete: z.boolean(),
  loadThreads: z.int().min(1).max(65_536),
  loadCpuShare: finite.optional(),
  connectionsRetried: count,
  startSkewUs: finite.optional(),
  failures: z.array(failure).max(mostFailures + 8),
}) satisfies z.ZodType<LoadResult>

/** What the agent saw of its own machine, as in the observations of a measurement. */
const observations = z.object({
  clockStepMs: finite.optional(),
  stealShare: finite.optional(),
  throttledShare: finite.optional(),
  otherCpuShare: finite.optional(),
  machineCpuShare: finite.optional(),
})

/** The parts of a UserError that travel. */
const errorParts = z.object({
  where: text,
  sent: text,
  expected: text,
  received: text,
  remedy: text,
  excerpt: text,
  exitCode: z.enum(ExitCode).optional(),
  concerns: z.enum(['point', 'model']).optional(),
  resumable: z.boolean().optional(),
}) satisfies z.ZodType<UserErrorParts>

const subject = { protocol, run: identifier, measurement: identifier, agent: identifier, agentId: identifier }

export const agentEvent = z.discriminatedUnion('kind', [
  /** It can begin: its threads are made. */
  z.strictObject({ ...subject, kind: z.literal('ready') }),
  /** No request of its window is open any more. Its load goes on. */
  z.strictObject({ ...subject, kind: z.literal('drained') }),
  /** A load thread was too busy in the warm-up: all agents begin anew, this one with more threads. */
  z.strictObject({ ...subject, kind: z.literal('too-busy'), threads: z.int().min(1) }),
  /** The load has ended, and its samples are in the stream. */
  z.strictObject({ ...subject, kind: z.literal('ended'), result: loadResult, observations, delivery }),
  /** The load failed. What was measured until then is in the stream. */
  z.strictObject({
    ...subject,
    kind: z.literal('failed'),
    message: words,
    parts: errorParts,
    delivery: delivery.optional(),
  }),
  /** The agent was restarted, and has found these samples of the process before. */
  z.strictObject({ ...subject, kind: z.literal('recovered'), delivery }),
])
export type AgentEvent = z.infer<typeof agentEvent>

/** Sent once per second during a load. */
export const progressMessage = z.strictObject({
  ...subject,
  progress: z.object({
    elapsedMs: finite,
    phase: z.enum(phases),
    framesOk: count,
    framesFailed: count,
    requestsInFlight: count,
    fpsNow: finite,
    requestLatencyP99Ms: finite.optional(),
  }) satisfies z.ZodType<LoadProgress>,
})
export type ProgressMessage = z.infer<typeof progressMessage>
