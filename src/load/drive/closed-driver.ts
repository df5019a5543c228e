import { Outcome, Phase } from '../../run/record.js'
import type { Exchange } from '../exchange.js'
import type { ClosedFrames } from '../schedule/clip-order.js'
import { createRequestSender, type Driver, type DriverParts, type OpenRequest } from './driver.js'

/** A loop that cannot send retries after this pause, so that it does not flood a dead server. */
const reconnectPauseUs = 100_000

/** A request loop: an exchange that sends one request after the other. */
interface Loop extends OpenRequest {
  clipFrames: number[]
  exchange: Exchange<Loop>
  /** Whether its request belongs to the window. */
  measured: boolean
  /** End of its pause; Infinity if it does not pause. */
  resumeUs: number
}

/**
 * Closed load: each loop sends its next request as soon as the last one has ended, so a request is due when the one
 * before it ended. `loops` are the numbers of this thread's loops, recorded as `client`.
 */
export function createClosedDriver(
  parts: DriverParts,
  loops: readonly number[],
  frames: ClosedFrames,
): Driver {
  const { recorder } = parts
  let stopped = false
  let open = 0
  let pending = 0
  const sender = createRequestSender<Loop>(
    parts,
    (_, loop, outcome, atUs) => {
      open--
      if (loop.measured) pending--
      const neverSent = outcome !== Outcome.aborted && Number.isNaN(recorder.sample.sentUs)
      if (neverSent) loop.resumeUs = atUs + reconnectPauseUs
      else next(loop, atUs)
    },
    ({ dueUs, clipFrames }) => (recorder.phaseAt(dueUs) === Phase.measured ? clipFrames.length : 0),
  )
  const all = loops.map((client): Loop => ({
    request: 0,
    client,
    dueUs: 0,
    clipFrames: [],
    bodyBytes: 0,
    exchange: sender.open(),
    measured: false,
    resumeUs: Number.POSITIVE_INFINITY,
  }))

  function next(loop: Loop, freeUs: number): void {
    if (stopped) return
    loop.request = frames.next(loop.clipFrames)
    if (loop.clipFrames.length === 0) return
    loop.dueUs = freeUs
    loop.measured = recorder.phaseAt(freeUs) === Phase.measured
    if (loop.measured) pending++
    open++
    sender.send(loop.exchange, loop)
  }

  return {
    prepare() {
      for (const loop of all) loop.exchange.connect(loop.client)
    },
    begin(atUs) {
      for (const loop of all) next(loop, atUs)
    },
    pump() {},
    tick(nowUs) {
      for (const loop of all) {
        if (loop.resumeUs <= nowUs) {
          loop.resumeUs = Number.POSITIVE_INFINITY
          next(loop, nowUs)
        }
        loop.exchange.expireAt(nowUs + parts.start.us)
      }
    },
    hasPendingOfWindow: () => pending > 0,
    finished() {
      if (all.length === 0) return true
      const paused = all.some((loop) => loop.resumeUs !== Number.POSITIVE_INFINITY)
      return open === 0 && !paused && frames.exhausted()
    },
    stop() {
      stopped = true
    },
    openRequests: () => open,
    abort() {
      stopped = true
      for (const loop of all) loop.exchange.abort()
    },
  }
}
