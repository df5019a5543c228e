/**
 * What was watched beside the load. Each field is absent where nobody looked, and its check is then absent too:
 * never passed for want of data.
 */
export interface MeasurementObservations {
  /** Load threads of the measurement; the limit of their CPU holds per thread, its pacer included. */
  loadThreads?: number
  /** Difference that the wall clock made against the monotonic clock over the measurement. */
  clockStepMs?: number
  /** Settings in force after the measurement that are not those asked for, in words. */
  settingsChanged?: string[]
  /** The server's processes were not the same at the end. */
  serverRestarted?: boolean
  /** Workers that the server had to start again by itself. */
  workersReplaced?: number
  /**
   * What the server's metrics endpoint counted of the model over the whole load, warm-up and drain included: requests
   * of every client, and sums over the successful ones, µs.
   */
  serverCounted?: { requests: number; inferenceUs: number; queueUs: number }
  /** Time that the processor was throttled, as a share of the window. */
  throttledShare?: number
  /** Time taken by other guests of the same host, as a share of the window. */
  stealShare?: number
  /** CPU of the server's processes during the window, in cores. */
  serverCpuCores?: number
  /** CPU of programs that are neither server nor client during the window, as a share of all cores. */
  otherCpuShare?: number
  /** CPU of the whole machine during the window, as a share of all its cores. */
  machineCpuShare?: number
}
