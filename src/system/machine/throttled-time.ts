import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Time in µs for which the processor was throttled, since an arbitrary start. Only differences are meaningful. */
export interface ThrottledTime {
  /** Throttled by the CPU limit of this process's control group (a container's CPU limit). */
  cgroupUs?: number
  /** Throttled by heat or power; the core with the longest time. */
  thermalUs?: number
}

/** Paths to read from. Tests use another root. */
const systemRoot = '/'

/**
 * Reads the kernel's counters of throttling; a part is absent if the kernel does not have its counter. A control group
 * counts the time in which it had work but no CPU time left (cgroup-v2.rst, `throttled_usec`; v1 in ns,
 * `throttled_time`).
 */
export function readThrottledTime(root = systemRoot): ThrottledTime {
  const cgroupUs = firstDefined(
    cgroupStatFiles(read(join(root, 'proc/self/cgroup')) ?? '').map((file) =>
      parseCgroupThrottledUs(read(join(root, file)) ?? ''),
    ),
  )
  const thermalUs = thermalThrottledUs(root)
  return { ...(cgroupUs !== undefined && { cgroupUs }), ...(thermalUs !== undefined && { thermalUs }) }
}

/** The throttled share of a period, by the larger of the two counters; undefined if neither is known. */
export function throttledShare(
  before: ThrottledTime,
  now: ThrottledTime,
  spanUs: number,
): number | undefined {
  const grown = (['cgroupUs', 'thermalUs'] as const).flatMap((part) =>
    before[part] === undefined || now[part] === undefined ? [] : [now[part] - before[part]],
  )
  // A group's time is summed over its cores and can exceed the period.
  return grown.length === 0 ? undefined : Math.min(1, Math.max(0, ...grown) / spanUs)
}

/** Possible paths of a process's cpu.stat: its v2 group, its v1 cpu group, and the paths of both inside a container. */
export function cgroupStatFiles(procSelfCgroup: string): string[] {
  const groups = procSelfCgroup
    .split('\n')
    .map((line) => /^\d+:([^:]*):\/?(.*)$/.exec(line))
    .filter((match) => match !== null)
    .map(([, controllers = '', path = '']) => ({ controllers: controllers.split(','), path }))
    // A path that leads out of the group file system is not visible from here.
    .filter(({ path }) => !path.split('/').includes('..'))
  const v1 = groups.find(({ controllers }) => controllers.includes('cpu'))
  const v2 = groups.find(({ controllers }) => controllers[0] === '')
  return [
    ...(v2 === undefined ? [] : [join('sys/fs/cgroup', v2.path, 'cpu.stat')]),
    ...(v1 === undefined ? [] : [join('sys/fs/cgroup/cpu', v1.path, 'cpu.stat')]),
    'sys/fs/cgroup/cpu.stat',
    'sys/fs/cgroup/cpu/cpu.stat',
  ]
}

/** Undefined for text of another form, and for a group without a limit. */
export function parseCgroupThrottledUs(cpuStat: string): number | undefined {
  const v2 = /^throttled_usec (\d+)$/m.exec(cpuStat)?.[1]
  if (v2 !== undefined) return Number(v2)
  const v1 = /^throttled_time (\d+)$/m.exec(cpuStat)?.[1]
  return v1 === undefined ? undefined : Number(v1) / 1000
}

/** `core_throttle_total_time_ms` of each core. Only Intel's driver has it (therm_throt.c). */
function thermalThrottledUs(root: string): number | undefined {
  const folder = join(root, 'sys/devices/system/cpu')
  const times = list(folder)
    .filter((name) => /^cpu\d+$/.test(name))
    .map((name) => read(join(folder, name, 'thermal_throttle/core_throttle_total_time_ms')))
    .filter((text) => text !== undefined)
    .map(Number)
  return times.length === 0 ? undefined : Math.max(...times) * 1000
}

function firstDefined<T>(values: readonly (T | undefined)[]): T | undefined {
  return values.find((value) => value !== undefined)
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
