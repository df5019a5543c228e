import { Outcome, Phase } from '../../run/record.js'
import type { Connection } from '../http/connection.js'
import type { ClosedFrames } from '../schedule/clip-order.js'
import type { Driver } from './driver.js'
import { createExchange, type ExchangeParts, type Sent } from './exchange.js'

/** A slot that could not even connect is free again only after this pause: a dead server is not hammered. */
const reconnectPauseUs = 100_000

interface Slot extends Sent {
  clipFrames: number[]
  connection: Connection<Slot>
  /** Whether what it does now belongs to the window. */
  measured: boolean
  /** Infinity unless it pauses. */
  resumeUs: number
}

/**
 * Closed load: each slot sends its next request as soon as the last one is over, so a request is due when its
 * slot became free. `slots` are the numbers of this thread's slots.
 */
export function createClosedDriver(
  parts: ExchangeParts,
  slots: readonly number[],
  frames: ClosedFrames,
): Driver {
  const { recorder } = parts
  let stopped = false
  let open = 0
  let pending = 0
  const exchange = createExchange<Slot>(parts, (_, slot, outcome, atUs) => {
    open--
    if (slot.measured) pending--
    const neverConnected = outcome === Outcome['connection-error'] && Number.isNaN(recorder.sample.sentUs)
    if (neverConnected) slot.resumeUs = atUs + reconnectPauseUs
    else next(slot, atUs)
  })
  const all = slots.map((client): Slot => ({
    request: 0,
    client,
    dueUs: 0,
    clipFrames: [],
    bodyBytes: 0,
    connection: exchange.open(),
    measured: false,
    resumeUs: Number.POSITIVE_INFINITY,
  }))

  function next(slot: Slot, freeUs: number): void {
    if (stopped) return
    slot.request = frames.next(slot.clipFrames)
    if (slot.clipFrames.length === 0) return
    slot.dueUs = freeUs
    slot.measured = recorder.phaseAt(freeUs) === Phase.measured
    if (slot.measured) pending++
    open++
    exchange.send(slot.connection, slot)
  }

  return {
    prepare() {
      for (const slot of all) slot.connection.connect()
    },
    begin(atUs) {
      for (const slot of all) next(slot, atUs)
    },
    pump() {},
    tick(nowUs) {
      for (const slot of all) {
        if (slot.resumeUs <= nowUs) {
          slot.resumeUs = Number.POSITIVE_INFINITY
          next(slot, nowUs)
        }
        slot.connection.expireAt(nowUs + parts.start.us)
      }
    },
    hasPendingOfWindow: () => pending > 0,
    finished() {
      if (all.length === 0) return true
      const paused = all.some((slot) => slot.resumeUs !== Number.POSITIVE_INFINITY)
      return open === 0 && !paused && frames.exhausted()
    },
    stop() {
      stopped = true
    },
    openRequests: () => open,
    abort() {
      stopped = true
      for (const slot of all) slot.connection.abort()
    },
  }
}
