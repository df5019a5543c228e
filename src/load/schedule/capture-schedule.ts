import type { CameraTicks } from './camera-ticks.js'
import type { CapturedFrame } from './captured-frame.js'

/**
 * The captures of several cameras in order of time; equal times in order of camera. A binary heap of the next
 * tick of each camera: O(log cameras) a capture, whatever their number.
 */
export class CaptureSchedule {
  private readonly heap: CapturedFrame[] = []
  private readonly ticks: ReadonlyMap<number, CameraTicks>
  private readonly limitOf: (camera: number) => number

  /** `limitOf` says how many ticks a camera has, Infinity for no end. */
  constructor(ticks: ReadonlyMap<number, CameraTicks>, limitOf: (camera: number) => number) {
    this.ticks = ticks
    this.limitOf = limitOf
    for (const [camera, times] of ticks) {
      if (limitOf(camera) > 0) this.push({ camera, tick: 0, capturedUs: times(0) })
    }
  }

  /** Time of the next capture, Infinity after the last. */
  peekUs(): number {
    return this.heap[0]?.capturedUs ?? Number.POSITIVE_INFINITY
  }

  next(): CapturedFrame {
    const frame = this.heap[0]
    if (frame === undefined) throw new Error('the schedule has ended')
    const tick = frame.tick + 1
    if (tick < this.limitOf(frame.camera)) {
      this.heap[0] = { camera: frame.camera, tick, capturedUs: this.ticks.get(frame.camera)!(tick) }
    } else {
      const last = this.heap.pop()!
      if (last !== frame) this.heap[0] = last
    }
    this.siftDown()
    return frame
  }

  private push(frame: CapturedFrame): void {
    let at = this.heap.push(frame) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!before(frame, this.heap[parent]!)) break
      this.heap[at] = this.heap[parent]!
      at = parent
    }
    this.heap[at] = frame
  }

  private siftDown(): void {
    const moving = this.heap[0]
    if (moving === undefined) return
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= this.heap.length) break
      if (child + 1 < this.heap.length && before(this.heap[child + 1]!, this.heap[child]!)) child++
      if (!before(this.heap[child]!, moving)) break
      this.heap[at] = this.heap[child]!
      at = child
    }
    this.heap[at] = moving
  }
}

function before(a: CapturedFrame, b: CapturedFrame): boolean {
  return a.capturedUs < b.capturedUs || (a.capturedUs === b.capturedUs && a.camera < b.camera)
}
