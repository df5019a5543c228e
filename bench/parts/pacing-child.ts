import { MessageChannel, Worker } from 'node:worker_threads'
import { nowUs } from '../../src/system/now-us.js'
import {
  createLoadControl,
  Flag,
  threadFlagAt,
  Value,
  viewLoadControl,
} from '../../src/load/control/load-control.js'
import type { PacerData } from '../../src/load/pacer-thread.js'
import { type ScheduleSettings, scheduleOfThread } from '../../src/load/schedule/request-schedule.js'

/*
 * Pacing by itself: the real pacer thread wakes this one, which takes what is due from its schedule and sends
 * nothing. Arguments: schedule settings, seconds. Prints the share of a core that the process used, and wake lags.
 */
const settings: ScheduleSettings = JSON.parse(process.argv[2] ?? '')
const seconds = Number(process.argv[3])
const control = createLoadControl(1)
const { flags, values } = viewLoadControl(control)
const { port1, port2 } = new MessageChannel()
const data: PacerData = { control, schedule: settings, thread: 0, port: port2 }
const pacer = new Worker(new URL('../../src/load/pacer-thread.js', import.meta.url), {
  workerData: data,
  transferList: [port2],
})
await new Promise((resolve) => port1.once('message', resolve))
const schedule = scheduleOfThread(settings, 0, 1)
const lagsUs: number[] = []
port1.on('message', () => {
  Atomics.store(flags, threadFlagAt('wakePosted', 0), 0)
  const sinceStartUs = nowUs() - values[Value.startUs]!
  while (schedule.peekUs() <= sinceStartUs) lagsUs.push(sinceStartUs - schedule.next().dueUs)
})
const before = process.cpuUsage()
values[Value.startUs] = nowUs() + 1000
Atomics.store(flags, Flag.started, 1)
Atomics.notify(flags, Flag.started)
await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
const used = process.cpuUsage(before)
await pacer.terminate()
port1.close()
process.stdout.write(JSON.stringify({ cpuShare: (used.user + used.system) / (seconds * 1e6), lagsUs }))
