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
  /** Share of this second in which the processor was held back, by heat or by a container's limit. */
  throttledShare?: number
  /** Mean over the GPUs of this machine, 0 … 1. */
  gpuShare?: number
  /** Of all GPUs together. */
  gpuMemoryBytes?: number
}
