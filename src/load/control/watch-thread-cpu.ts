import { type LoadControlView, Value, threadValueAt } from './load-control.js'
import { systemThreadId, threadCpuUs } from './system-thread.js'

/** Measures the CPU that one load thread and its pacer use, and writes it to the shared memory. */
export interface ThreadCpuWatch {
  /** Must be called about every 20 ms, in order of time. */
  observe(sinceStartUs: number): void
  /** Must be called when the load has ended, even before the end of its window. */
  finish(): void
}

/**
 * Writes `windowCpuUs`, the CPU time used within the window, and during the warm-up `warmupCpuShare`, the share of a
 * core used over the last period. NaN on systems that do not report the CPU time of a thread.
 */
export function watchThreadCpu(
  view: LoadControlView,
  thread: number,
  settings: { warmupPeriodUs: number; pacer: { id: number | undefined } | undefined },
): ThreadCpuWatch {
  const { values } = view
  const { warmupPeriodUs, pacer } = settings
  const windowCpuUs = threadValueAt('windowCpuUs', thread)
  const warmupCpuShare = threadValueAt('warmupCpuShare', thread)
  const ownId = systemThreadId()
  let period = { startUs: 0, cpuUs: usedUs() }
  let atWindowStartUs: number | undefined
  let done = false

  function usedUs(): number {
    const pacerUs = pacer === undefined ? 0 : threadCpuUs(pacer.id)
    return (threadCpuUs(ownId) ?? Number.NaN) + (pacerUs ?? Number.NaN)
  }

  function observeWarmup(sinceStartUs: number): void {
    const elapsedUs = sinceStartUs - period.startUs
    if (elapsedUs < warmupPeriodUs) return
    const cpuUs = usedUs()
    values[warmupCpuShare] = (cpuUs - period.cpuUs) / elapsedUs
    period = { startUs: sinceStartUs, cpuUs }
  }

  function finish(): void {
    if (done || atWindowStartUs === undefined) return
    done = true
    values[windowCpuUs] = usedUs() - atWindowStartUs
  }

  values[windowCpuUs] = values[warmupCpuShare] = Number.NaN
  return {
    observe(sinceStartUs) {
      if (sinceStartUs < values[Value.windowStartUs]!) observeWarmup(sinceStartUs)
      else atWindowStartUs ??= usedUs()
      if (sinceStartUs >= values[Value.windowEndUs]!) finish()
    },
    finish,
  }
}
