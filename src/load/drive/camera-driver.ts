import { clearRequestSample, Outcome, Phase } from '../../run/record.js'
import type { Exchange } from '../exchange.js'
import type { RequestNumbers } from '../load-slice.js'
import type { CapturedFrame } from '../schedule/capture-schedule.js'
import type { ClientBacklog } from '../schedule/client-backlog.js'
import type { DueRequest, RequestSchedule } from '../schedule/request-schedule.js'
import { createRequestSender, type Driver, type DriverParts, type OpenRequest } from './driver.js'

interface CameraRequest extends OpenRequest, DueRequest {
  frames: CapturedFrame[]
  /** Whether the request, or one of its frames, belongs to the window. */
  measured: boolean
}

export interface CameraDriverParts {
  schedule: RequestSchedule
  backlog: ClientBacklog<CameraRequest>
  /** The edge device of each lane of the backlog. A lane is a camera, or in client batching an edge device. */
  laneClients: readonly number[]
  clipFrameOf: (frame: CapturedFrame) => number
  numbers: RequestNumbers
  /** The window, µs since the start; Infinity while unknown. */
  windowUs: () => { startUs: number; endUs: number }
}

/** Maximum number of exchanges that connect before the start. More would only be idle. */
const mostPrepared = 1000

/**
 * Camera load: only the schedule determines when requests are due, not the server. All cameras of the thread share the
 * exchanges: one per lane is opened before the start, more are opened on demand, so that they never limit what is in
 * flight.
 */
export function createCameraDriver(parts: DriverParts, cameras: CameraDriverParts): Driver {
  const { recorder } = parts
  const { schedule, backlog, numbers } = cameras
  const exchanges: Exchange<CameraRequest>[] = []
  const idle: Exchange<CameraRequest>[] = []
  const closed: Exchange<CameraRequest>[] = []
  let nextNumber = numbers.first
  let open = 0
  let pending = 0
  let stopped = false
  const sender = createRequestSender<CameraRequest>(
    parts,
    (exchange, request, outcome) => {
      open--
      recordFrames(request, request.request, outcome)
      idle.push(exchange)
      const next = backlog.release(request)
      if (next === undefined) return
      if (stopped) recordUnsent(next)
      else send(next)
    },
    ({ frames }) => frames.filter(({ capturedUs }) => recorder.phaseAt(capturedUs) === Phase.measured).length,
  )

  function numbered(due: DueRequest): CameraRequest {
    const measured =
      recorder.phaseAt(due.dueUs) === Phase.measured ||
      due.frames.some((f) => recorder.phaseAt(f.capturedUs) === Phase.measured)
    if (measured) pending++
    const clipFrames = due.frames.map(cameras.clipFrameOf)
    const request = nextNumber
    nextNumber += numbers.step
    return { ...due, request, clipFrames, bodyBytes: 0, measured }
  }

  function recordFrames(request: CameraRequest, number: number | undefined, outcome: number): void {
    if (request.measured) pending--
    for (const frame of request.frames) recorder.frame(frame, number, outcome)
  }

  function offer(due: DueRequest): void {
    const dropped: CameraRequest[] = []
    const request = numbered(due)
    if (backlog.offer(request, dropped)) send(request)
    for (const request of dropped) recordFrames(request, undefined, Outcome.dropped)
  }

  function send(request: CameraRequest): void {
    open++
    sender.send(exchange(), request)
  }

  /**
   * Exchanges are used in rotation, so that no connection is idle until the server closes it, possibly while a request
   * is sent.
   */
  function exchange(): Exchange<CameraRequest> {
    for (let next = idle.shift(); next !== undefined; next = idle.shift()) {
      if (next.open) return next
      closed.push(next)
    }
    return closed.pop() ?? fresh()
  }

  function fresh(): Exchange<CameraRequest> {
    const opened = sender.open()
    exchanges.push(opened)
    return opened
  }

  function recordUnsent(request: CameraRequest): void {
    const { sample } = recorder
    clearRequestSample(sample)
    sample.request = request.request
    sample.outcome = Outcome.aborted
    sample.frames = request.frames.length
    sample.firstFrame = request.clipFrames[0]!
    sample.client = request.client
    sample.dueUs = request.dueUs
    recorder.requestUnsent()
    recordFrames(request, request.request, Outcome.aborted)
  }

  function pump(nowUs: number): void {
    if (stopped) return
    while (schedule.peekUs() <= nowUs) offer(schedule.next())
  }

  return {
    prepare() {
      for (const client of cameras.laneClients.slice(0, mostPrepared)) {
        const opened = fresh()
        opened.connect(client)
        idle.push(opened)
      }
    },
    begin: pump,
    pump,
    tick(nowUs) {
      pump(nowUs)
      for (const each of exchanges) each.expireAt(nowUs + parts.start.us)
    },
    hasPendingOfWindow() {
      const { startUs, endUs } = cameras.windowUs()
      return pending > 0 || schedule.holdsCapturedBetween(startUs, endUs)
    },
    finished: () => open === 0 && schedule.peekUs() === Number.POSITIVE_INFINITY,
    stop(nowUs, flush) {
      const partial = schedule.flush(nowUs)
      if (flush) for (const due of partial) offer(due)
      stopped = true
      for (const waiting of backlog.drain()) recordUnsent(waiting)
      if (!flush) for (const due of partial) recordUnsent(numbered(due))
    },
    openRequests: () => open,
    abort() {
      stopped = true
      for (const each of exchanges) each.abort()
    },
  }
}
