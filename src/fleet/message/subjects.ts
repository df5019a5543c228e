/*
 * Where messages of the fleet travel on NATS. Agents and coordinator know each other only by these names.
 *
 * - Requests to an agent, with a reply: `framestorm.agent.<name>.<verb>`.
 * - Events and samples of a measurement, kept by the stream until the coordinator has them:
 *   `framestorm.run.<run>.event.<name>` and `framestorm.run.<run>.samples.<name>`.
 * - Progress, which nothing keeps: `framestorm.progress.<run>.<name>`.
 */

import { identifier } from './parse-message.js'

const root = 'framestorm'
const agents = `${root}.agent`
const runs = `${root}.run`
const progress = `${root}.progress`

/** Key-value bucket in which each live agent has an entry under its name. */
export const agentsBucket = 'framestorm-agents'
/** An entry that is not refreshed for so long is gone. */
export const announcementTtlMs = 5000

/** Object store with the payloads and answer comparisons of jobs, by their SHA-256. */
export const payloadsBucket = 'framestorm-payloads'

/** JetStream stream with the events and samples of all runs. */
export const runStream = 'FRAMESTORM'
/** The stream recognises a message that is sent again for so long. */
export const duplicateWindowMs = 120_000
/** Samples of a coordinator that never came back leave the stream after a day. The agent still has them. */
export const keptInStreamMs = 86_400_000

/** `clock`: two time stamps. `deliver`: send the samples of a measurement again. */
export const verbs = ['clock', 'job', 'start', 'release', 'stop', 'received', 'deliver'] as const
export type Verb = (typeof verbs)[number]

export function requestSubject(agent: string, verb: Verb): string {
  return `${agents}.${agent}.${verb}`
}

/** What an agent subscribes to. */
export function requestsOf(agent: string): string {
  return `${agents}.${agent}.*`
}

/** The verb of a subject that matches `requestsOf`; undefined if it is none. */
export function verbOf(subject: string): Verb | undefined {
  const word = subject.slice(agents.length + 1).split('.')[1]
  return verbs.find((verb) => verb === word)
}

const runKinds = ['event', 'samples'] as const
type RunKind = (typeof runKinds)[number]

/** @param agent `*` for all agents */
export function runSubject(run: string, kind: RunKind, agent: string): string {
  return `${runs}.${run}.${kind}.${agent}`
}

/**
 * The kind and agent of a subject that matches `subjectsOfRun`; undefined if it is none of `runSubject`. A subject may have
 * any characters, and the name of an agent becomes part of a file name.
 */
export function readRunSubject(subject: string): { kind: RunKind; agent: string } | undefined {
  const [, , , word, name] = subject.split('.')
  const kind = runKinds.find((one) => one === word)
  const agent = identifier.safeParse(name).data
  return kind === undefined || agent === undefined ? undefined : { kind, agent }
}

/** Events and samples of a run. A single filter, because nats-server takes several only since 2.10. */
export function subjectsOfRun(run: string): string {
  return `${runs}.${run}.>`
}

/** What the stream keeps. Until nats-server 2.10, the filter of a consumer must lie within one of these. */
export const keptSubjects = [`${runs}.>`]

/** @param agent `*` for all agents */
export function progressSubject(run: string, agent: string): string {
  return `${progress}.${run}.${agent}`
}
