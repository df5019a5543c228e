import { type MessagePort, workerData } from 'node:worker_threads'
import { nowUs } from '../system/now-us.js'
import { Flag, type LoadControl, Value, threadFlagAt, viewLoadControl } from './control/load-control.js'
import { raiseThreadPriority, setTimerSlack, systemThreadId } from './control/system-thread.js'
import { type ScheduleSettings, scheduleOfThread } from './schedule/request-schedule.js'

export interface PacerData {
  control: LoadControl
  schedule: ScheduleSettings
  thread: number
  /** Port to the load thread: first this thread's system id, then a 0 whenever a request is due. */
  port: MessagePort
}

/**
 * Sleeps until the next request is due and then wakes the thread that owns the sockets. `Atomics.wait` returns within
 * about 20 µs of its time, whereas a timer of the event loop is off by half a millisecond. Unlike a busy loop, it
 * leaves the core to the server under test.
 */
function pace({ control, schedule: settings, thread, port }: PacerData): void {
  const { flags, values, threads } = viewLoadControl(control)
  const stop = threadFlagAt('pacerStop', thread)
  const posted = threadFlagAt('wakePosted', thread)
  const schedule = scheduleOfThread(settings, thread, threads)
  const id = systemThreadId()
  raiseThreadPriority(id)
  setTimerSlack(id)
  port.postMessage(id)
  while (Atomics.load(flags, Flag.started) === 0) {
    Atomics.wait(flags, Flag.started, 0)
  }
  const startUs = values[Value.startUs]!
  while (schedule.peekUs() !== Number.POSITIVE_INFINITY) {
    // Half a µs after the due time, because the clocks of the threads agree only to that precision and no request may
    // be early.
    const wakeUs = startUs + schedule.peekUs() + 0.5
    for (let leftUs = wakeUs - nowUs(); leftUs > 0; leftUs = wakeUs - nowUs()) {
      if (Atomics.wait(flags, stop, 0, leftUs / 1000) !== 'timed-out') return
    }
    // One message for all requests that are due: its receiver sends all of them.
    if (Atomics.exchange(flags, posted, 1) === 0) port.postMessage(0)
    const sinceStartUs = nowUs() - startUs
    while (schedule.peekUs() <= sinceStartUs) schedule.next()
  }
}

pace(workerData)
