import * as z from 'zod'
import { savedMapping } from '../scenario/schema/section.js'

/** Observations are optional: a damaged one counts as absent, and its check is then not performed. */
function observed<T extends z.ZodType>(type: T) {
  return type.optional().catch(undefined)
}

/**
 * What was observed during the load. An absent field was not observed, and its check does not pass for lack of data.
 */
export const observations = savedMapping({
  /** Number of load threads. The CPU limit applies per thread, including its pacer. */
  loadThreads: observed(z.number()),
  /** Change of the wall clock relative to the monotonic clock during the measurement. */
  clockStepMs: observed(z.number()),
  /** Settings in effect after the measurement that differ from the requested ones, as text. */
  settingsChanged: observed(z.array(z.string())),
  /** True if the server's processes were not the same at the end. */
  serverRestarted: observed(z.boolean()),
  /** Requests of the window that were sent again, because the server had closed the idle connection. */
  connectionsRetried: observed(z.number()),
  /** Number of workers that the server restarted by itself. */
  workersReplaced: observed(z.number()),
  /**
   * What the server's metrics endpoint counted for the model during the whole load, including warm-up and drain: the
   * requests of all clients, and sums over the successful ones, µs.
   */
  serverCounted: observed(
    savedMapping({ requests: z.number(), inferenceUs: z.number(), queueUs: z.number() }),
  ),
  /** Time that the processor was throttled, as a share of the window. */
  throttledShare: observed(z.number()),
  /** Time taken by other guests of the same host, as a share of the window. */
  stealShare: observed(z.number()),
  /** CPU of the server's processes during the window, in cores. */
  serverCpuCores: observed(z.number()),
  /** CPU of programs that are neither server nor client during the window, as a share of all cores. */
  otherCpuShare: observed(z.number()),
  /** CPU of the whole machine during the window, as a share of all its cores. */
  machineCpuShare: observed(z.number()),
})

export type MeasurementObservations = z.infer<typeof observations>
