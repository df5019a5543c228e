/** Kernel clock ticks since boot, summed over all cores. Only differences are meaningful. */
export interface MachineTicks {
  total: number
  idle: number
  /** Time that the hypervisor gave to other machines. */
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

/** Resource use of a process so far: CPU in kernel clock ticks, memory in pages. */
export interface ProcessUsage {
  cpuTicks: number
  rssPages: number
}

/**
 * Reads /proc/<pid>/stat (proc_pid_stat(5)). The program's name is in parentheses and may itself contain spaces and
 * parentheses, so fields are counted from the last parenthesis.
 * @returns undefined for text of another form
 */
export function parseProcessUsage(stat: string): ProcessUsage | undefined {
  const end = stat.lastIndexOf(')')
  if (end < 0) return undefined
  // The first field after the name is the third of the line (state); utime, stime and rss are 14, 15 and 24.
  const fields = stat.slice(end + 2).split(' ')
  const [utime, stime, rss] = [fields[11], fields[12], fields[21]].map(Number)
  if (utime === undefined || stime === undefined || rss === undefined) return undefined
  if (Number.isNaN(utime + stime + rss)) return undefined
  return { cpuTicks: utime + stime, rssPages: rss }
}
