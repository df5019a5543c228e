import type { CameraLoad } from '../../scenario/schema/settings.js'
import { cameraTicks } from './camera-ticks.js'
import { CaptureSchedule } from './capture-schedule.js'
import { type ClipOrder, ticksOfCamera } from './clip-order.js'
import { RequestSchedule } from './request-schedule.js'

/** What a camera schedule follows from; plain data, so that the pacer can have its own copy. */
export interface ScheduleSettings {
  load: CameraLoad
  framesPerRequest: number
  phaseSeed: number
  clip: ClipOrder
}

/**
 * One thread's share of the one schedule: edge device d belongs to thread d mod threads. Every thread computes the
 * phases of all cameras, so that a camera ticks the same whatever the number of threads.
 */
export function scheduleOfThread(
  settings: ScheduleSettings,
  thread: number,
  threads: number,
): RequestSchedule {
  const { load, clip } = settings
  const mine = new Map(
    cameraTicks(load, settings.phaseSeed)
      .map((ticks, camera) => [camera, ticks] as const)
      .filter(([camera]) => Math.floor(camera / load.camerasPerClient) % threads === thread),
  )
  return new RequestSchedule(new CaptureSchedule(mine, (camera) => ticksOfCamera(camera, clip)), {
    framesPerRequest: settings.framesPerRequest,
    camerasPerClient: load.camerasPerClient,
    fillDeadlineUs: load.fillDeadlineMs === undefined ? undefined : load.fillDeadlineMs * 1000,
  })
}
