import type { QueueSettings } from '../../scenario/plan/plan.js'
import type { DueRequest } from './request-schedule.js'

export interface BacklogSettings<R extends DueRequest> {
  /** Maximum number of requests of one lane in flight. */
  maxInFlight: number
  queue: QueueSettings
  /** The lane of a request: its camera in server batching, its edge device in client batching. */
  laneOf: (request: R) => number
}

interface Lane<R> {
  inFlight: number
  waiting: R[]
}

/**
 * The queue of requests that are due while their lane (a camera or an edge device) has its maximum number of requests
 * in flight. At most `depth` requests wait per edge device, in order. If the queue is full, `drop-oldest` drops the
 * device's oldest waiting request; `drop-newest` and `queue` drop the new one. These two policies differ in their
 * default depth: 1 to send only recent frames, or enough to keep every frame, so that a backlog shows as send lag.
 */
export class ClientBacklog<R extends DueRequest = DueRequest> {
  private readonly settings: BacklogSettings<R>
  private readonly lanes = new Map<number, Lane<R>>()
  private readonly waitingOfClient = new Map<number, number>()

  constructor(settings: BacklogSettings<R>) {
    this.settings = settings
  }

  /** Returns true if the request may be sent now. Requests that the policy drops are added to `dropped`. */
  offer(request: R, dropped: R[]): boolean {
    const lane = this.lane(request)
    if (lane.inFlight < this.settings.maxInFlight) {
      lane.inFlight++
      return true
    }
    const { policy, depth } = this.settings.queue
    const waiting = this.waitingOfClient.get(request.client) ?? 0
    if (waiting < depth) {
      this.wait(lane, request)
    } else if (policy === 'drop-oldest' && depth > 0) {
      this.wait(lane, request)
      dropped.push(this.takeOldest(request.client))
    } else {
      dropped.push(request)
    }
    return false
  }

  /** Called when a request has ended. Returns the next request of its lane, which can now be sent. */
  release(request: R): R | undefined {
    const lane = this.lane(request)
    const next = lane.waiting.shift()
    if (next === undefined) lane.inFlight--
    else this.countWaiting(next.client, -1)
    return next
  }

  /** Empties all queues and returns their requests in order of due time. */
  drain(): R[] {
    const all = [...this.lanes.values()].flatMap((lane) => lane.waiting.splice(0))
    this.waitingOfClient.clear()
    return all.toSorted((a, b) => a.dueUs - b.dueUs)
  }

  private wait(lane: Lane<R>, request: R): void {
    lane.waiting.push(request)
    this.countWaiting(request.client, 1)
  }

  private takeOldest(client: number): R {
    let oldest: Lane<R> | undefined
    for (const lane of this.lanes.values()) {
      const first = lane.waiting[0]
      if (first?.client !== client) continue
      if (oldest === undefined || first.dueUs < oldest.waiting[0]!.dueUs) oldest = lane
    }
    this.countWaiting(client, -1)
    return oldest!.waiting.shift()!
  }

  private countWaiting(client: number, change: number): void {
    this.waitingOfClient.set(client, (this.waitingOfClient.get(client) ?? 0) + change)
  }

  private lane(request: R): Lane<R> {
    const key = this.settings.laneOf(request)
    let lane = this.lanes.get(key)
    if (lane === undefined) {
      lane = { inFlight: 0, waiting: [] }
      this.lanes.set(key, lane)
    }
    return lane
  }
}
