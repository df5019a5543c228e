import { CaptureSchedule, cameraTicks, type CapturedFrame } from './capture-schedule.js'
import type { CameraLoad } from '../../scenario/plan/plan.js'
import { threadOfClient, wholeLoad, type LoadSlice } from '../load-slice.js'
import { ticksOfCamera, type ClipOrder } from './clip-order.js'

/** A request that is ready to send: one frame, or a batch that is full or has reached its fill deadline. */
export interface DueRequest {
  dueUs: number
  /** Number of the edge device. */
  client: number
  frames: CapturedFrame[]
}

export interface Batching {
  framesPerRequest: number
  camerasPerClient: number
  /** Undefined: a partial batch waits until it is full. */
  fillDeadlineUs?: number | undefined
}

/**
 * The requests that become due, in order of time. It depends on the captures only, because the server has no influence
 * on when a batch is full. So the pacer and the sending thread each use their own copy and do not have to communicate.
 *
 * Client batching fills batches across the cameras of one edge device, in order of capture. A frame captured exactly at
 * a fill deadline is still part of the batch.
 */
export class RequestSchedule {
  private readonly captures: CaptureSchedule
  private readonly batching: Batching
  private readonly filling = new Map<number, CapturedFrame[]>()
  /** Batches with a fill deadline, in order of their first capture, which is also the order of their deadlines. */
  private readonly deadlines: { client: number; batch: CapturedFrame[] }[] = []
  private upcoming: DueRequest | undefined
  private lastCaptureUs = 0

  constructor(captures: CaptureSchedule, batching: Batching) {
    this.captures = captures
    this.batching = batching
    this.upcoming = this.compute()
  }

  /** Due time of the next request; Infinity after the last. */
  peekUs(): number {
    return this.upcoming?.dueUs ?? Number.POSITIVE_INFINITY
  }

  next(): DueRequest {
    const request = this.upcoming
    if (request === undefined) throw new Error('the schedule has ended')
    this.upcoming = this.compute()
    return request
  }

  /** True while a frame captured in [fromUs, toUs) is not part of any request returned so far. */
  holdsCapturedBetween(fromUs: number, toUs: number): boolean {
    const inside = (frame: CapturedFrame) => frame.capturedUs >= fromUs && frame.capturedUs < toUs
    if (this.captures.peekUs() < toUs) return true
    if (this.upcoming?.frames.some(inside) === true) return true
    for (const batch of this.filling.values()) if (batch.some(inside)) return true
    return false
  }

  /**
   * Ends the schedule after all requests due until `stopUs` were taken. Returns the frames that were captured until
   * then and still wait in partial batches.
   */
  flush(stopUs: number): DueRequest[] {
    const partial = [...this.filling].map(([client, frames]) => ({ dueUs: stopUs, client, frames }))
    const open = this.upcoming === undefined ? partial : [{ ...this.upcoming, dueUs: stopUs }, ...partial]
    this.filling.clear()
    this.deadlines.length = 0
    this.upcoming = undefined
    return open
      .map((request) => ({
        ...request,
        frames: request.frames.filter((frame) => frame.capturedUs <= stopUs),
      }))
      .filter((request) => request.frames.length > 0)
  }

  private compute(): DueRequest | undefined {
    for (;;) {
      const captureUs = this.captures.peekUs()
      const overdue = this.overdueBatch(captureUs)
      if (overdue !== undefined) return overdue
      if (captureUs === Number.POSITIVE_INFINITY) return this.remainder()
      const filled = this.capture()
      if (filled !== undefined) return filled
    }
  }

  /** Returns the batch whose fill deadline comes before the next capture. */
  private overdueBatch(captureUs: number): DueRequest | undefined {
    const { fillDeadlineUs } = this.batching
    if (fillDeadlineUs === undefined) return undefined
    for (let first = this.deadlines[0]; first !== undefined; first = this.deadlines[0]) {
      const { client, batch } = first
      const dueUs = batch[0]!.capturedUs + fillDeadlineUs
      // A batch that became full in time is no longer being filled.
      const open = this.filling.get(client) === batch
      if (open && dueUs >= captureUs) return undefined
      this.deadlines.shift()
      if (!open) continue
      this.filling.delete(client)
      return { dueUs, client, frames: batch }
    }
    return undefined
  }

  private capture(): DueRequest | undefined {
    const frame = this.captures.next()
    const client = Math.floor(frame.camera / this.batching.camerasPerClient)
    this.lastCaptureUs = frame.capturedUs
    if (this.batching.framesPerRequest === 1) return { dueUs: frame.capturedUs, client, frames: [frame] }
    const batch = this.filling.get(client)
    if (batch === undefined) {
      const fresh = [frame]
      this.filling.set(client, fresh)
      if (this.batching.fillDeadlineUs !== undefined) this.deadlines.push({ client, batch: fresh })
      return undefined
    }
    batch.push(frame)
    if (batch.length < this.batching.framesPerRequest) return undefined
    this.filling.delete(client)
    return { dueUs: frame.capturedUs, client, frames: batch }
  }

  /** After the last capture, a partial batch cannot fill any more. */
  private remainder(): DueRequest | undefined {
    for (const [client, frames] of this.filling) {
      this.filling.delete(client)
      return { dueUs: this.lastCaptureUs, client, frames }
    }
    return undefined
  }
}

/** The parameters of a camera schedule, as plain data, so that the pacer can have its own copy. */
export interface ScheduleSettings {
  load: CameraLoad
  /** The edge devices of this process; undefined: all of them. */
  slice?: LoadSlice | undefined
  framesPerRequest: number
  phaseSeed: number
  clip: ClipOrder
}

/**
 * One thread's share of the schedule: the edge devices of the slice are assigned to threads round-robin. Every thread
 * computes the phases of all cameras, so that the capture times of a camera do not depend on the number of threads or on
 * the slice.
 */
export function scheduleOfThread(
  settings: ScheduleSettings,
  thread: number,
  threads: number,
): RequestSchedule {
  const { load, clip, framesPerRequest, slice = wholeLoad(load, framesPerRequest) } = settings
  const clientOf = (camera: number) => Math.floor(camera / load.camerasPerClient)
  const mine = new Map(
    cameraTicks(load, settings.phaseSeed)
      .map((ticks, camera) => [camera, ticks] as const)
      .filter(([camera]) => threadOfClient(clientOf(camera), slice, threads) === thread),
  )
  return new RequestSchedule(new CaptureSchedule(mine, (camera) => ticksOfCamera(camera, clip)), {
    framesPerRequest,
    camerasPerClient: load.camerasPerClient,
    fillDeadlineUs: load.fillDeadlineMs === undefined ? undefined : load.fillDeadlineMs * 1000,
  })
}
