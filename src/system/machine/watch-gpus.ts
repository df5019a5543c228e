import { spawnGuarded, type GuardedProcess } from '../processes/spawn-guarded.js'

export interface GpuWatch {
  /** The latest reading of each GPU; empty if there is none yet. */
  latest: () => GpuReading[]
  /** Stops watching. Safe to call twice. */
  stop: () => Promise<void>
}

const nothing: GpuWatch = { latest: () => [], stop: async () => {} }

/**
 * Watches this machine's NVIDIA GPUs with one nvidia-smi process for the whole run. Starting a process every second
 * would load the driver each time. Without nvidia-smi or a GPU there are no readings.
 * @param environment nvidia-smi is looked for on its PATH
 */
export async function watchGpus(environment: NodeJS.ProcessEnv = process.env): Promise<GpuWatch> {
  const readings = new Map<number, GpuReading>()
  let nvidiaSmi: GuardedProcess
  try {
    nvidiaSmi = await spawnGuarded(gpuCommand, gpuArguments, {
      env: environment,
      onLine: (line) => {
        const reading = parseGpuReading(line)
        if (reading !== undefined) readings.set(reading.index, reading)
      },
    })
  } catch {
    return nothing
  }
  let ended = false
  // Its last reading is out of date.
  void nvidiaSmi.exited.then(() => readings.clear())
  return {
    latest: () => [...readings.values()],
    async stop() {
      if (ended) return
      ended = true
      await nvidiaSmi.end()
    },
  }
}

/** One reading of one GPU by nvidia-smi. */
export interface GpuReading {
  /** Index of the GPU, from 0. */
  index: number
  /** Share of the last sample period in which a kernel ran. */
  busyShare: number
  memoryBytes: number
}

/** The command whose lines `parseGpuReading` parses. It prints one line per GPU and second until it is stopped. */
const gpuCommand = 'nvidia-smi'
const gpuArguments = [
  '--query-gpu=index,utilization.gpu,memory.used',
  '--format=csv,noheader,nounits',
  '-l',
  '1',
]

/**
 * Parses `0, 37, 1523` (index, %, and 2²⁰ bytes). Undefined for other lines, such as messages and `[N/A]` of a GPU
 * without these counters.
 */
export function parseGpuReading(line: string): GpuReading | undefined {
  const match = /^\s*(\d+),\s*(\d+(?:\.\d+)?),\s*(\d+)\s*$/.exec(line)
  if (match === null) return undefined
  const [index, percent, mebibytes] = match.slice(1).map(Number)
  return { index: index!, busyShare: percent! / 100, memoryBytes: mebibytes! * 2 ** 20 }
}
