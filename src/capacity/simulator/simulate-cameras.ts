import type { Batch } from '../../batching/batch.js'
import { ModelWorkers } from '../../batching/model-workers.js'
import { CaptureSchedule, cameraTicks } from '../../load/schedule/capture-schedule.js'
import { ClientBacklog } from '../../load/schedule/client-backlog.js'
import { type DueRequest, RequestSchedule } from '../../load/schedule/request-schedule.js'
import type { OutcomeName } from '../../run/record.js'
import type { CameraLoad } from '../../scenario/plan/plan.js'
import { Fifo } from '../../system/fifo.js'
import type { ServiceTimes } from './service-model.js'

export interface SimulatedServer {
  serverBatchSize: number
  /** Has no effect if the batch size is 1. */
  maxBatchDelayMs: number
  workers: number
  /** job_queue_size: a request that finds the queue full is refused at once. */
  queueCapacity: number
}

/** Latency of a request besides queueing and service, a constant: network, HTTP, the server's frontend. */
export interface RequestOverhead {
  /** From sending until arrival in the server's queue. */
  sendMs: number
  /** From the end of the batch until the answer is read. */
  answerMs: number
}

/** One server and how requests are sent to it: all but which frames are captured when. */
export interface SimulatedPath {
  load: CameraLoad
  /** K. */
  framesPerRequest: number
  server: SimulatedServer
  overhead: RequestOverhead
  /** Client deadline of each request, from sending. */
  deadlineMs: number
}

export interface SimulationSettings extends SimulatedPath {
  phaseSeed: number
  warmupMs: number
  windowMs: number
}

/** A simulated request. The recorder reads it when its outcome is known. */
export interface SimulatedRequest extends DueRequest {
  /** From 0, in order of sending; −1 if it was dropped before. */
  request: number
  /** NaN if it was dropped before. */
  sentUs: number
  settled: boolean
}

/** Receives all events in order of time. */
export interface SimulationRecorder {
  /** A request is due, and is sent or queued at the client. */
  due?(request: SimulatedRequest): void
  settled(request: SimulatedRequest, outcome: OutcomeName, atUs: number): unknown
  batch?(batch: Batch<SimulatedRequest>, endMs: number): void
}

interface Answer {
  atUs: number
  request: SimulatedRequest
  outcome: OutcomeName
}

/**
 * Simulates N cameras on one model of one server during one window, event by event on a virtual clock. As in a real run,
 * cameras continue after the window until the outcome of every frame captured in it is known.
 */
export function simulateCameras(
  settings: SimulationSettings,
  serviceTimes: ServiceTimes,
  recorder: SimulationRecorder,
): void {
  const windowStartUs = settings.warmupMs * 1000
  const windowEndUs = windowStartUs + settings.windowMs * 1000
  const framesInWindow = ({ frames }: SimulatedRequest) => {
    let count = 0
    for (const { capturedUs } of frames) if (capturedUs >= windowStartUs && capturedUs < windowEndUs) count++
    return count
  }
  let openFrames = 0
  const schedule = requestSchedule(settings, cameraTicks(settings.load, settings.phaseSeed))
  const simulation = createSimulation(settings, schedule, serviceTimes, {
    ...recorder,
    due(request) {
      openFrames += framesInWindow(request)
    },
    settled(request, outcome, atUs) {
      openFrames -= framesInWindow(request)
      recorder.settled(request, outcome, atUs)
    },
  })
  const isOpen = () =>
    schedule.peekUs() < windowEndUs ||
    openFrames > 0 ||
    schedule.holdsCapturedBetween(windowStartUs, windowEndUs)
  while (isOpen()) simulation.step(Infinity)
}

/** The requests of all cameras, given the capture times of each. */
export function requestSchedule(
  { load, framesPerRequest }: Pick<SimulatedPath, 'load' | 'framesPerRequest'>,
  ticks: ReturnType<typeof cameraTicks>,
): RequestSchedule {
  return new RequestSchedule(new CaptureSchedule(new Map(ticks.entries()), () => Infinity), {
    framesPerRequest,
    camerasPerClient: load.camerasPerClient,
    ...(load.fillDeadlineMs !== undefined && { fillDeadlineUs: load.fillDeadlineMs * 1000 }),
  })
}

/**
 * A simulation that the caller drives. Schedules, edge queues and batching are the modules of the load generator and the
 * embedded server. Only time is simulated: the service time of a batch comes from `serviceTimes`, the rest of a request is
 * a constant.
 *
 * `step` processes the next event if it comes before `untilUs`, and returns whether it did.
 */
export function createSimulation(
  { load, framesPerRequest, server, overhead, deadlineMs }: SimulatedPath,
  schedule: RequestSchedule,
  serviceTimes: ServiceTimes,
  recorder: SimulationRecorder,
): { step: (untilUs: number) => boolean } {
  const sendUs = overhead.sendMs * 1000
  const answerUs = overhead.answerMs * 1000
  const deadlineUs = deadlineMs * 1000
  const backlog = new ClientBacklog<SimulatedRequest>({
    maxInFlight: load.maxInFlightPerCamera,
    queue: load.queue,
    laneOf: ({ frames, client }) => (framesPerRequest === 1 ? frames[0]!.camera : client),
  })
  const workers = new ModelWorkers<SimulatedRequest>(
    { ...server, responseTimeoutMs: Infinity, loadMs: 0 },
    {
      serviceMs: (batch) => serviceTimes(countBatchFrames(batch)),
      ended(batch, endMs) {
        recorder.batch?.(batch, endMs)
        for (const request of batch.jobs)
          answers.push({ atUs: endMs * 1000 + answerUs, request, outcome: 'ok' })
      },
    },
  )
  workers.scaleTo(0, server.workers)

  // Each of these queues is in order of time, because what is added to an event's time is a constant.
  const onTheWay = new Fifo<SimulatedRequest>()
  const deadlines = new Fifo<SimulatedRequest>()
  const answers = new Fifo<Answer>()
  const dropped: SimulatedRequest[] = []
  let requests = 0

  function send(request: SimulatedRequest, nowUs: number): void {
    request.request = requests++
    request.sentUs = nowUs
    onTheWay.push(request)
    deadlines.push(request)
  }

  function settle(request: SimulatedRequest, outcome: OutcomeName, nowUs: number): void {
    request.settled = true
    recorder.settled(request, outcome, nowUs)
  }

  function settleSent(request: SimulatedRequest, outcome: OutcomeName, nowUs: number): void {
    if (request.settled) return
    settle(request, outcome, nowUs)
    const next = backlog.release(request)
    if (next !== undefined) send(next, nowUs)
  }

  function takeDue(): void {
    const due = schedule.next()
    const request: SimulatedRequest = {
      dueUs: due.dueUs,
      client: due.client,
      frames: due.frames,
      request: -1,
      sentUs: Number.NaN,
      settled: false,
    }
    recorder.due?.(request)
    if (backlog.offer(request, dropped)) send(request, due.dueUs)
    if (dropped.length === 0) return
    for (const victim of dropped) settle(victim, 'dropped', due.dueUs)
    dropped.length = 0
  }

  function arrive(request: SimulatedRequest, nowUs: number): void {
    if (!workers.arrive(nowUs / 1000, request))
      answers.push({ atUs: nowUs + answerUs, request, outcome: 'http-error' })
  }

  function nextDeadlineUs(): number {
    for (let first = deadlines.peek(); first !== undefined; first = deadlines.peek()) {
      if (!first.settled) return first.sentUs + deadlineUs
      deadlines.shift()
    }
    return Infinity
  }

  return {
    step(untilUs) {
      const dueUs = schedule.peekUs()
      const arrivesUs = (onTheWay.peek()?.sentUs ?? Infinity) + sendUs
      const workersUs = workers.nextMs * 1000
      const answeredUs = answers.peek()?.atUs ?? Infinity
      const timedOutUs = nextDeadlineUs()
      // At equal times an arrival still joins the batch whose delay ends, and an answer is still in time.
      const nowUs = Math.min(dueUs, arrivesUs, workersUs, answeredUs, timedOutUs)
      if (nowUs >= untilUs) return false
      if (arrivesUs === nowUs) arrive(onTheWay.shift()!, nowUs)
      else if (workersUs === nowUs) workers.advanceTo(workers.nextMs)
      else if (answeredUs === nowUs) {
        const { request, outcome, atUs } = answers.shift()!
        settleSent(request, outcome, atUs)
      } else if (timedOutUs === nowUs) settleSent(deadlines.shift()!, 'timeout', nowUs)
      else takeDue()
      return true
    },
  }
}

/** Frames in all requests of a batch. */
export function countBatchFrames(batch: Batch<SimulatedRequest>): number {
  let frames = 0
  for (const request of batch.jobs) frames += request.frames.length
  return frames
}
