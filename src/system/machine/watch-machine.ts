import { cpus } from 'node:os'
import { mean as meanOf } from 'simple-statistics'
import { nowUs } from '../now-us.js'
import { sampleMachine, type MachineSample, type SamplerOptions } from './sample-machine.js'

/** When a load began on the monotonic clock (`nowUs`), and its window, µs since then. */
export interface LoadTimes {
  startedClockUs: number
  windowStartUs: number
  windowEndUs: number
}

/** Means over a window. Each is absent if it was not observed. */
export interface MachineMeans {
  machineCpuShare?: number
  stealShare?: number
  serverCpuCores?: number
  throttledShare?: number
  otherCpuShare?: number
}

export interface MachineWatch {
  /** Stops watching. Samples then have the time since the start of the load. */
  end: (load: LoadTimes) => { machine: MachineSample[]; means: MachineMeans; clockStepMs: number }
  /** Stops watching a load that failed. */
  abandon: () => void
}

/**
 * Watches CPU, memory and clock of this machine during a load, outside of its threads.
 *
 * @param serverProcessIds whose CPU counts as the server's; empty if the server is elsewhere or unknown
 */
export function watchMachine(
  serverProcessIds: readonly number[],
  { latestGpus, clientProcessIds }: Pick<SamplerOptions, 'latestGpus' | 'clientProcessIds'> = {},
): MachineWatch {
  const sampler = sampleMachine(serverProcessIds, { latestGpus, clientProcessIds })
  const beganUs = nowUs()
  const wallOffsetMs = wallClockOffsetMs()
  return {
    end(load) {
      sampler.stop()
      const clockStepMs = wallClockOffsetMs() - wallOffsetMs
      const offsetS = (load.startedClockUs - beganUs) / 1e6
      const machine = sampler.samples.map((sample) => ({ ...sample, timeS: sample.timeS - offsetS }))
      return { machine, means: meansOverWindow(machine, load, cpus().length), clockStepMs }
    },
    abandon: () => sampler.stop(),
  }
}

export function meansOverWindow(
  machine: readonly MachineSample[],
  { windowStartUs, windowEndUs }: Pick<LoadTimes, 'windowStartUs' | 'windowEndUs'>,
  cores: number,
): MachineMeans {
  const window = machine.filter(({ timeS }) => timeS * 1e6 > windowStartUs && timeS * 1e6 <= windowEndUs)
  const mean = (of: (sample: MachineSample) => number | undefined) => {
    const known = window.map(of).filter((value) => value !== undefined)
    return known.length === 0 ? undefined : meanOf(known)
  }
  const means = {
    machineCpuShare: mean(({ machineCpuShare }) => machineCpuShare),
    stealShare: mean(({ stealShare }) => stealShare),
    serverCpuCores: mean(({ serverCpuShare }) => serverCpuShare),
    throttledShare: mean(({ throttledShare }) => throttledShare),
    // Only if the server's processes are known, because they may also run on this machine.
    otherCpuShare: mean(({ machineCpuShare, serverCpuShare, clientCpuShare }) =>
      serverCpuShare === undefined
        ? undefined
        : Math.max(0, machineCpuShare - (serverCpuShare + clientCpuShare) / cores),
    ),
  }
  return Object.fromEntries(Object.entries(means).filter(([, value]) => value !== undefined))
}

/**
 * Wall clock less monotonic clock. The two are read one after the other, and an interruption in between looks like a
 * step: the largest of several readings has the shortest pause.
 */
function wallClockOffsetMs(): number {
  return Math.max(...Array.from({ length: 16 }, () => Date.now() - nowUs() / 1000))
}
