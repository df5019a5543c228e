import { type LoadControlView, Value, threadValueAt } from './load-control.js'
import { systemThreadId, threadCpuUs } from './thread-cpu.js'

/** Finds the CPU that a load thread and its pacer use during the window, and leaves it in the shared memory. */
export interface WindowCpu {
  observe(sinceStartUs: number): void
  /** The load is over, maybe within its window. */
  finish(): void
}

export function watchWindowCpu(
  view: LoadControlView,
  thread: number,
  pacer: { id: number | undefined } | undefined,
): WindowCpu {
  const place = threadValueAt('windowCpuUs', thread)
  const ownId = systemThreadId()
  let atStartUs: number | undefined
  let done = false

  function usedUs(): number {
    const pacerUs = pacer === undefined ? 0 : threadCpuUs(pacer.id)
    return (threadCpuUs(ownId) ?? Number.NaN) + (pacerUs ?? Number.NaN)
  }

  function finish(): void {
    if (done || atStartUs === undefined) return
    done = true
    view.values[place] = usedUs() - atStartUs
  }

  view.values[place] = Number.NaN
  return {
    observe(sinceStartUs) {
      if (sinceStartUs >= view.values[Value.windowStartUs]!) atStartUs ??= usedUs()
      if (sinceStartUs >= view.values[Value.windowEndUs]!) finish()
    },
    finish,
  }
}
