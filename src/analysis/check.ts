import type { AgentResult } from '../run/agent-result.js'
import type { MeasurementObservations } from '../run/observations.js'
import type { BatchesNotJoined } from '../run/read-measurement.js'
import type { Point } from '../scenario/plan/plan.js'
import type { AnswerCheck } from './answer-check.js'
import type { Ascending } from './distribution.js'
import type { ExplainedFailure } from './failures.js'
import type { FrameCounts } from './frame-counts.js'
import type { DecidedTwice } from './lateness.js'
import type { Outcome } from './outcome.js'
import type { Stability } from './stability.js'

/** What is known of one measurement. An absent field was not observed, and the checks that need it are absent too. */
export interface Evidence {
  point: Point
  counts: FrameCounts
  /** Those of most frames first. */
  failures: readonly ExplainedFailure[]
  complete: boolean
  /** Of the requests of the measured phase. */
  generatorLagsUs: Ascending
  /** p50 of frame latency or, under closed load, of request latency. */
  latencyP50Ms?: number | undefined
  /** Camera load. */
  outcome?: DecidedTwice<Outcome | undefined> | undefined
  fps: number
  observations: MeasurementObservations
  /** All load threads together, as a share of one core. */
  loadCpuShare?: number | undefined
  answers?: AnswerCheck | undefined
  stability?: Stability | undefined
  batchFormedMean?: number | undefined
  /** Answered requests that are in no batch of the server's log. */
  answeredWithoutBatch?: number | undefined
  /** What the server's log shows of the whole load, if none of it can be joined to the requests. */
  batchesNotJoined?: BatchesNotJoined | undefined
  /** Requests that the server counted and this load did not send. */
  fromOthers?: number | undefined
  crossCheckFps?: number | undefined
  /** The agent, if this is the evidence of one. */
  agent?: AgentResult | undefined
  /** Of each agent of the measurement; absent if one process sent the load. */
  agents?: readonly Evidence[] | undefined
}

/** A check that is applied to every measurement. */
export interface Check {
  /**
   * `invalid`: the measurement cannot be trusted. `note`: it can be trusted, and the reader should know about this.
   */
  severity: 'invalid' | 'note'
  unit: 'ms' | 'share' | 'count'
  /** The highest value that passes. */
  limit: number | ((evidence: Pick<Evidence, 'point' | 'latencyP50Ms'>) => number)
  /**
   * With agents: `instead`: it is observed at each of them, not over all; `also`: over all and at each of them; `only`: there
   * is no such check without agents. Absent: over all.
   */
  atAgents?: 'instead' | 'also' | 'only'
  /** Undefined if it was not observed. The check is then absent, and does not count as passed. */
  observe: (evidence: Evidence) => number | undefined
  /** Row of the report's table of checks. Absent: the check is reported only if it fails. */
  title?: string
  /** Absent: the check has a row in the report's table, but no finding. */
  finding?: {
    /** docs/words.md: when it is reported. */
    when: string
    symptom: (evidence: Evidence, observed: number, limit: number) => string
    cause: string | ((evidence: Evidence) => string)
    remedy: string | ((evidence: Evidence) => string)
  }
}

/** Unit and limit of a check that fails at the first occurrence. */
export const none = { unit: 'count', limit: 0 } as const

/** Load threads of the measurement; 1 if the run does not record them. */
export function threads({ loadThreads }: MeasurementObservations): number {
  return loadThreads ?? 1
}

/** `80 %` */
export function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
