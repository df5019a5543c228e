import type { CameraLoad } from '../../scenario/plan/plan.js'
import type { LoadJob } from '../load-job.js'
import { Value, type LoadControlView } from '../control/load-control.js'
import { ClientBacklog } from '../schedule/client-backlog.js'
import { clipFrame, closedFrames } from '../schedule/clip-order.js'
import { scheduleOfThread, type ScheduleSettings } from '../schedule/request-schedule.js'
import { createCameraDriver } from './camera-driver.js'
import { createClosedDriver } from './closed-driver.js'
import type { Driver, DriverParts } from './driver.js'

/** The camera schedule of a job; undefined for a closed load. */
export function scheduleSettingsOf(job: LoadJob): ScheduleSettings | undefined {
  return job.load.kind === 'closed' ? undefined : cameraSchedule(job, job.load)
}

/** Creates the driver of one thread's share of the load: closed loops and edge devices are assigned round-robin. */
export function createDriver(
  job: LoadJob,
  parts: DriverParts,
  view: LoadControlView,
  thread: number,
): Driver {
  const { load, framesPerRequest } = job
  const { threads, values } = view
  if (load.kind === 'closed') {
    const inFlight = Math.floor(load.framesInFlight / framesPerRequest)
    const loops = Array.from({ length: inFlight }, (_, loop) => loop).filter(
      (loop) => loop % threads === thread,
    )
    // A thread without a loop sends nothing, so it must not get requests.
    const active = Math.min(threads, inFlight)
    return createClosedDriver(parts, loops, closedFrames(clipOf(job), framesPerRequest, thread, active))
  }
  const schedule = cameraSchedule(job, load)
  return createCameraDriver(parts, {
    schedule: scheduleOfThread(schedule, thread, threads),
    backlog: new ClientBacklog({
      maxInFlight: load.maxInFlightPerCamera,
      queue: load.queue,
      laneOf: ({ client, frames }) => (framesPerRequest === 1 ? frames[0]!.camera : client),
    }),
    laneClients: laneClients(load, framesPerRequest, { thread, threads }),
    clipFrameOf: ({ camera, tick }) => clipFrame(camera, tick, schedule.clip),
    thread,
    threads,
    windowUs: () => ({ startUs: values[Value.windowStartUs]!, endUs: values[Value.windowEndUs]! }),
  })
}

/** The edge device of each lane that this thread may need: devices are assigned round-robin (`scheduleOfThread`). */
function laneClients(
  { cameras, camerasPerClient }: CameraLoad,
  framesPerRequest: number,
  { thread, threads }: { thread: number; threads: number },
): number[] {
  const camerasPerLane = framesPerRequest === 1 ? 1 : camerasPerClient
  const lanes = Math.ceil(cameras / camerasPerLane / threads)
  const lanesPerClient = camerasPerClient / camerasPerLane
  return Array.from({ length: lanes }, (_, lane) => thread + threads * Math.floor(lane / lanesPerClient))
}

function clipOf(job: LoadJob): { frames: number; passes?: number } {
  const frames = job.payload.offsets.length - 1
  return 'passes' in job.extent ? { frames, passes: job.extent.passes } : { frames }
}

function cameraSchedule(job: LoadJob, load: CameraLoad): ScheduleSettings {
  const { framesPerRequest, phaseSeed } = job
  return { load, framesPerRequest, phaseSeed, clip: { ...clipOf(job), cameras: load.cameras } }
}
