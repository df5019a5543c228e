/** One second of the machine's life. Shares are of one core (server, self) or of all cores (machine, steal). */
export interface MachineSample {
  /** Seconds since sampling began. */
  timeS: number
  /** Busy share of all cores, 0 … 1. */
  machineCpuShare: number
  stealShare: number
  /** CPU of the server's processes, 1 = one core; undefined where they are unknown. */
  serverCpuShare?: number
  serverRssBytes?: number
  /** CPU of this process with all its threads, 1 = one core. */
  clientCpuShare: number
  clientRssBytes: number
  gpuShare?: number
  gpuMemoryBytes?: number
}
