import type { CameraLoad } from '../../scenario/plan/plan.js'
import type { LoadJob } from '../load-job.js'
import { clientsOfThread, requestNumbers, wholeLoad } from '../load-slice.js'
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

/** Creates the driver of one thread's share of the load. */
export function createDriver(
  job: LoadJob,
  parts: DriverParts,
  view: LoadControlView,
  thread: number,
): Driver {
  const { load, framesPerRequest, slice = wholeLoad(load, framesPerRequest) } = job
  const { threads, values } = view
  const clients = clientsOfThread(slice, thread, threads)
  if (load.kind === 'closed') {
    // A thread without a loop sends nothing, so it must not get requests.
    const numbers = requestNumbers(slice, thread, Math.min(threads, slice.clients))
    const frames = closedFrames(clipOf(job), framesPerRequest, numbers)
    return createClosedDriver(parts, clients, frames)
  }
  const schedule = cameraSchedule(job, load)
  return createCameraDriver(parts, {
    schedule: scheduleOfThread(schedule, thread, threads),
    backlog: new ClientBacklog({
      maxInFlight: load.maxInFlightPerCamera,
      queue: load.queue,
      laneOf: ({ client, frames }) => (framesPerRequest === 1 ? frames[0]!.camera : client),
    }),
    laneClients: clients.flatMap((client) => lanesOf(client, load, framesPerRequest)),
    clipFrameOf: ({ camera, tick }) => clipFrame(camera, tick, schedule.clip),
    numbers: requestNumbers(slice, thread, threads),
    windowUs: () => ({ startUs: values[Value.windowStartUs]!, endUs: values[Value.windowEndUs]! }),
  })
}

/** One entry per lane of an edge device: a lane is a camera, or in client batching the device. */
function lanesOf(
  client: number,
  { cameras, camerasPerClient }: CameraLoad,
  framesPerRequest: number,
): number[] {
  const ownCameras = Math.min(camerasPerClient, cameras - client * camerasPerClient)
  return Array.from({ length: framesPerRequest === 1 ? ownCameras : 1 }, () => client)
}

function clipOf(job: LoadJob): { frames: number; passes?: number } {
  const frames = job.payload.offsets.length - 1
  return 'passes' in job.extent ? { frames, passes: job.extent.passes } : { frames }
}

function cameraSchedule(job: LoadJob, load: CameraLoad): ScheduleSettings {
  const { framesPerRequest, phaseSeed, slice } = job
  return { load, slice, framesPerRequest, phaseSeed, clip: { ...clipOf(job), cameras: load.cameras } }
}
