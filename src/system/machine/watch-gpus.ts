import { spawnGuarded, type GuardedProcess } from '../processes/spawn-guarded.js'
import { gpuArguments, gpuCommand, parseGpuReading, type GpuReading } from './gpu-reading.js'

export interface GpuWatch {
  /** The newest reading of each GPU; empty where there is none, or none told yet. */
  latest: () => GpuReading[]
  /** Ends the watching; safe to call twice. */
  stop: () => Promise<void>
}

const nothing: GpuWatch = { latest: () => [], stop: async () => {} }

/**
 * Watches this machine's NVIDIA GPUs through one nvidia-smi for a whole run: starting one each second would load the
 * driver anew each time. Where there is no nvidia-smi, or it finds no GPU, there are no readings.
 * @param environment its PATH says where nvidia-smi is looked for
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
  // What it said last must not stand for what it no longer says.
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
