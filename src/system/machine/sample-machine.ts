import { readFileSync } from 'node:fs'
import { mean, sum } from 'simple-statistics'
import type { GpuReading } from './watch-gpus.js'
import { parseMachineTicks, parseProcessUsage, type MachineTicks, type ProcessUsage } from './proc-stat.js'
import { readThrottledTime, throttledShare, type ThrottledTime } from './throttled-time.js'

/** The kernel counts process time in 1/100 s, independent of its timer rate (USER_HZ, time(7)). */
const ticksPerSecond = 100
const pageBytes = 4096

export interface MachineSampler {
  samples: readonly MachineSample[]
  stop: () => void
}

export interface SamplerOptions {
  /** Default: 1000. */
  intervalMs?: number
  /** Processes whose CPU counts as the client's, besides this one. */
  clientProcessIds?: readonly number[] | undefined
  /** Returns the latest readings of this machine's GPUs, if they are watched. */
  latestGpus?: (() => GpuReading[]) | undefined
}

/**
 * Samples CPU and memory once per second from /proc. The few small synchronous reads cost far less than 0.5 % of a
 * core. On systems without /proc it samples nothing.
 * @param serverProcessIds whose CPU counts as the server's; empty if unknown
 */
export function sampleMachine(
  serverProcessIds: readonly number[],
  { intervalMs = 1000, latestGpus = () => [], clientProcessIds = [] }: SamplerOptions = {},
): MachineSampler {
  const samples: MachineSample[] = []
  const began = performance.now()
  let before = observe(serverProcessIds, clientProcessIds)
  const timer = setInterval(() => {
    const now = observe(serverProcessIds, clientProcessIds)
    if (before !== undefined && now !== undefined) {
      samples.push({
        timeS: (performance.now() - began) / 1000,
        ...difference(before, now),
        ...gpuFigures(latestGpus()),
      })
    }
    before = now
  }, intervalMs)
  // Sampling alone must not keep the process alive.
  timer.unref()
  return { samples, stop: () => clearInterval(timer) }
}

type Usages = ReadonlyMap<number | 'self', ProcessUsage>

interface Observation {
  atMs: number
  machine: MachineTicks
  clients: Usages
  servers: Usages
  throttled: ThrottledTime
}

function observe(
  serverProcessIds: readonly number[],
  clientProcessIds: readonly number[],
): Observation | undefined {
  const machine = parseMachineTicks(read('/proc/stat') ?? '')
  const clients = usagesOf(['self', ...clientProcessIds])
  if (machine === undefined || !clients.has('self')) return undefined
  const servers = usagesOf(serverProcessIds)
  return { atMs: performance.now(), machine, clients, servers, throttled: readThrottledTime() }
}

/** Of the processes that are there. */
function usagesOf(ids: readonly (number | 'self')[]): Usages {
  return new Map(
    ids.flatMap((id) => {
      const usage = parseProcessUsage(read(`/proc/${id}/stat`) ?? '')
      return usage === undefined ? [] : [[id, usage]]
    }),
  )
}

/** CPU, 1 = one core, and resident memory of processes. */
function usedBy(before: Usages, now: Usages, seconds: number): { cpuShare: number; rssBytes: number } {
  let cpuTicks = 0
  let rssPages = 0
  for (const [id, usage] of now) {
    // A worker that was just restarted has no earlier reading. It is counted from the next second on.
    cpuTicks += usage.cpuTicks - (before.get(id) ?? usage).cpuTicks
    rssPages += usage.rssPages
  }
  return { cpuShare: cpuTicks / ticksPerSecond / seconds, rssBytes: rssPages * pageBytes }
}

function difference(before: Observation, now: Observation): Omit<MachineSample, 'timeS'> {
  const seconds = (now.atMs - before.atMs) / 1000
  const total = Math.max(1, now.machine.total - before.machine.total)
  const client = usedBy(before.clients, now.clients, seconds)
  const server = usedBy(before.servers, now.servers, seconds)
  const throttled = throttledShare(before.throttled, now.throttled, seconds * 1e6)
  return {
    machineCpuShare: 1 - (now.machine.idle - before.machine.idle) / total,
    stealShare: (now.machine.steal - before.machine.steal) / total,
    clientCpuShare: client.cpuShare,
    clientRssBytes: client.rssBytes,
    ...(now.servers.size > 0 && { serverCpuShare: server.cpuShare, serverRssBytes: server.rssBytes }),
    ...(throttled !== undefined && { throttledShare: throttled }),
  }
}

/** Resident memory of processes, bytes; undefined if none of them can be read. Shared pages count for each of them. */
export function residentBytes(processIds: readonly number[]): number | undefined {
  const known = processIds
    .map((id) => parseProcessUsage(read(`/proc/${id}/stat`) ?? ''))
    .filter((usage) => usage !== undefined)
  return known.length === 0 ? undefined : sum(known.map(({ rssPages }) => rssPages * pageBytes))
}

function gpuFigures(gpus: GpuReading[]): Pick<MachineSample, 'gpuShare' | 'gpuMemoryBytes'> {
  if (gpus.length === 0) return {}
  return {
    gpuShare: mean(gpus.map(({ busyShare }) => busyShare)),
    gpuMemoryBytes: sum(gpus.map(({ memoryBytes }) => memoryBytes)),
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

/** One second of the machine. Shares are of one core (server, self) or of all cores (machine, steal). */
export interface MachineSample {
  /** Seconds since sampling began. */
  timeS: number
  /** Busy share of all cores, 0 … 1. */
  machineCpuShare: number
  stealShare: number
  /** CPU of the server's processes, 1 = one core; undefined if they are unknown. */
  serverCpuShare?: number
  serverRssBytes?: number
  /** CPU of this process with all its threads, and of the local agents that send its load, 1 = one core. */
  clientCpuShare: number
  clientRssBytes: number
  /** Share of this second in which the processor was throttled, by heat or by a container's limit. */
  throttledShare?: number
  /** Mean over the GPUs of this machine, 0 … 1. */
  gpuShare?: number
  /** Memory in use, summed over all GPUs. */
  gpuMemoryBytes?: number
}
