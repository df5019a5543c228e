import * as z from 'zod'
import { savedMapping } from '../scenario/schema/section.js'
import { observations } from './observations.js'

const count = z.int().min(0)

/** The part of one agent in a measurement by several, as in run.json. Clients are numbered over all agents. */
export const agentResult = savedMapping({
  /** The agent's name. */
  site: z.string(),
  /** As given to the agent, such as zone: eu. */
  labels: z.record(z.string(), z.string()).optional(),
  /** Its edge devices or request loops: `client` from firstClient to firstClient + clients − 1. */
  firstClient: count,
  clients: count,
  /** False if its load ended early. */
  complete: z.boolean(),
  /** Why the agent was lost; absent if it was not. */
  lost: z.string().optional(),
  /**
   * When its slowest load thread began, less the agreed instant, known as exactly as clockOffsetMs. On the agent's clock, and
   * so without the error of the instant, if clockOffsetMs is absent.
   */
  startSkewMs: z.number().optional(),
  /** The agent's monotonic clock less the coordinator's when the load began; the true value differs by at most clockErrorMs. */
  clockOffsetMs: z.number().optional(),
  /** The bound of the error of clockOffsetMs during the whole load. */
  clockErrorMs: z.number().min(0).optional(),
  /** How much faster the agent's clock runs than the coordinator's, in parts per million. */
  clockDriftPpm: z.number().optional(),
  loadThreads: z.int().min(1).optional(),
  /** CPU of its load threads, including pacers, during the window, as a share of one core. */
  loadCpuShare: z.number().optional(),
  connectionsRetried: count.optional(),
  /** Frames of the measured phase, counted where they were sent; absent if the agent did not report it. */
  framesScheduled: count.optional(),
  /** Camera load without passes: frames that the schedule of its cameras has in the window. */
  framesPlanned: count.optional(),
  /** On the agent's machine. */
  observations: observations
    .pick({
      clockStepMs: true,
      throttledShare: true,
      stealShare: true,
      otherCpuShare: true,
      machineCpuShare: true,
    })
    .optional(),
})

export type AgentResult = z.infer<typeof agentResult>
