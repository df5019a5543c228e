/** Kernel clock ticks since boot, summed over all cores: only differences mean something. */
export interface MachineTicks {
  total: number
  idle: number
  /** Time that the hypervisor gave to somebody else. */
  steal: number
}

/**
 * Reads the first line of /proc/stat: `cpu user nice system idle iowait irq softirq steal guest guest_nice`
 * (proc_stat(5)). Guest time is already counted in user time.
 * @returns undefined for text of another form
 */
export function parseMachineTicks(procStat: string): MachineTicks | undefined {
  const line = /^cpu +([\d ]+)/m.exec(procStat)?.[1]
  if (line === undefined) return undefined
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = line
    .split(' ')
    .map(Number)
  return {
    total: user + nice + system + idle + iowait + irq + softirq + steal,
    idle: idle + iowait,
    steal,
  }
}
