import * as z from 'zod'
import type { AnswerComparison } from '../../load/answer/classify-answer.js'
import type { LoadJob } from '../../load/load-job.js'
import { countClients } from '../../load/load-slice.js'
import type { Payload } from '../../frames/payload/payload.js'
import { environmentVariable } from '../../scenario/grammar/http-header.js'
import { pointCameraLoad, pointClosedLoad } from '../../scenario/schema/load.js'
import { answerShape } from '../../scenario/schema/model.js'
import { predictionApis, protocols } from '../../scenario/schema/protocol.js'
import { urlServer } from '../../scenario/schema/url-server.js'
import { UserError } from '../../system/user-error.js'
import { blobName, type BlobName, identifier, protocol, thisProtocol } from './parse-message.js'

/*
 * A load job as it travels: without the frames, which the object store has once, and without a secret or a path. It names
 * variables, whose values each agent reads from its own environment.
 */

const { headers: urlHeaders, tokenEnv } = urlServer.point.shape

const fileFields = ['tokenFile', 'caFile', 'certFile', 'keyFile'] as const
const noFile = z.never({ error: 'a job cannot name a file' }).optional()

/** Names of header fields whose values are credentials. */
const secretName = /auth|key|token|secret|pass|cookie|credential|session|sign|jwt/i
/** Long values of letters and digits look like keys. */
const secretValue = /(?=[\w+/=.-]*\d)(?=[\w+/=.-]*[a-z])[\w+/=-]{20,}/i

/** Whether the value of a header field may be sent over the broker. */
function isHarmless(name: string, value: string): boolean {
  if (environmentVariable(value) !== undefined) return true
  return value.length <= 256 && !secretName.test(name) && !secretValue.test(value)
}

const headers = urlHeaders.superRefine((written, context) => {
  for (const [name, value] of Object.entries(written ?? {})) {
    if (!isHarmless(name, String(value)))
      context.addIssue({ code: 'custom', message: 'a header with a value that may be a secret' })
  }
})

const endpoint = z.strictObject({
  protocol: z.enum(protocols),
  api: z.enum(predictionApis),
  tls: z.boolean(),
  host: z.string().regex(/^[\w.:%-]{1,255}$/, { error: 'not a host' }),
  port: z.int().min(1).max(65_535),
  path: z
    .string()
    .max(4000)
    .regex(/^\/[\x21-\x7e]*$/, { error: 'not a path' }),
  headers,
  tokenEnv,
  ...Object.fromEntries(fileFields.map((field) => [field, noFile])),
})

const hourMs = 3_600_000
const threads = z.int().min(1).max(1024)
const autoThreads = z.strictObject({
  most: threads,
  busyShare: z.number().gt(0),
  atFirst: threads.optional(),
})

/** Limits that keep a hostile job from taking all memory. Real loads are far below. */
const most = { framesInFlight: 1_000_000, framesPerRequest: 10_000, clients: 100_000, waiting: 1_000_000 }

export const jobMessage = z
  .strictObject({
    protocol,
    /** Name and process of the agent that is meant. */
    agent: identifier,
    agentId: identifier,
    run: identifier,
    measurement: identifier,
    endpoint,
    /** The message of the payload. */
    payload: blobName,
    /** The message of the comparison. */
    comparison: blobName.optional(),
    framesPerRequest: z.int().min(1).max(most.framesPerRequest),
    load: z.discriminatedUnion('kind', [pointClosedLoad, pointCameraLoad]),
    slice: z.strictObject({
      agent: z.int().min(0),
      agents: z.int().min(1).max(10_000),
      firstClient: z.int().min(0),
      clients: z.int().min(1).max(most.clients),
    }),
    phaseSeed: z.number(),
    warmupMaxMs: z.number().min(0).max(hourMs),
    extent: z.union([
      z.strictObject({
        durationMs: z
          .number()
          .gt(0)
          .max(7 * 24 * hourMs),
      }),
      z.strictObject({ passes: z.int().min(1).max(1_000_000) }),
    ]),
    deadlineMs: z.number().gt(0).max(hourMs),
    answer: answerShape,
    threads: z.union([threads, autoThreads]),
  })
  .superRefine(({ load, framesPerRequest, slice }, context) => {
    const refuse = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message })
    if (load.kind === 'closed' && load.framesInFlight > most.framesInFlight)
      refuse('load', 'too many frames in flight')
    if (load.kind === 'cameras' && Math.max(load.queue.depth, load.maxInFlightPerCamera) > most.waiting)
      refuse('load', 'too many requests that wait')
    const clients = countClients(load, framesPerRequest)
    if (slice.agent >= slice.agents) refuse('slice', 'no such agent')
    if (slice.firstClient + slice.clients > clients) refuse('slice', 'clients that the load does not have')
  })
export type JobMessage = z.infer<typeof jobMessage>

/** A job for one of several agents. */
export type SlicedJob = LoadJob & Pick<JobMessage, 'slice'>

/** To whom a job goes, and for which measurement. */
export type JobAddress = Pick<JobMessage, 'agent' | 'agentId' | 'run' | 'measurement'>

/**
 * The message for a job.
 *
 * @throws UserError (exit code 2) if the job needs a file of this machine, or a header has a value that may be a secret
 */
export function jobToMessage(
  job: SlicedJob,
  address: JobAddress,
  blobs: { payload: BlobName; comparison?: BlobName | undefined },
): JobMessage {
  const { sampleFile: _sampleFile, payload: _payload, comparison: _comparison, endpoint: to, ...rest } = job
  for (const field of fileFields) if (to[field] !== undefined) throw needsFile(field, to[field])
  for (const [name, value] of Object.entries(to.headers ?? {})) {
    if (!isHarmless(name, String(value))) throw secretHeader(name)
  }
  return jobMessage.parse({ ...thisProtocol, ...address, ...rest, endpoint: to, ...blobs })
}

/** The job of a message, with what it names. */
export function jobFromMessage(
  message: JobMessage,
  parts: { payload: Payload; comparison: AnswerComparison | undefined; sampleFile: string },
): SlicedJob {
  const {
    protocol: _protocol,
    agent: _agent,
    agentId: _agentId,
    run: _run,
    measurement: _measurement,
    ...job
  } = message
  return { ...job, ...parts }
}

function needsFile(field: (typeof fileFields)[number], file: string): UserError {
  const remedies = {
    tokenFile: 'Set tokenEnv instead, and start each agent with that variable in its environment.',
    caFile: 'Remove caFile, and start each agent with NODE_EXTRA_CA_CERTS=FILE in its environment.',
    certFile: 'Measure a server with client certificates without agents.',
    keyFile: 'Measure a server with client certificates without agents.',
  }
  return new UserError(`agents cannot read the file in ${field}`, {
    where: `server.${field}`,
    expected: 'settings without files of this machine',
    received: file,
    remedy: remedies[field],
  })
}

function secretHeader(name: string): UserError {
  return new UserError(`the value of the header ${name} is not sent to agents, because it may be a secret`, {
    where: `server.headers.${name}`,
    expected: '$env:NAME',
    received: 'a value (hidden)',
    remedy: `Write ${name}: $env:NAME, and start each agent with that variable in its environment.`,
  })
}
