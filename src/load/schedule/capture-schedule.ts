import { exponential, mixSeeds, seededRandom } from '../../system/seeded-random.js'
import type { CameraLoad } from '../../scenario/plan/plan.js'

/** One tick of one camera. Times are µs since the start of the measurement. */
export interface CapturedFrame {
  camera: number
  /** Zero-based frame index of this camera. */
  tick: number
  capturedUs: number
}

/** The capture time of one camera's tick, µs since the start. Must be called for ticks 0, 1, 2 … in order. */
type CameraTicks = (tick: number) => number

/**
 * Computes the capture times of each camera from the seed alone. `aligned`: all cameras at once, as with a common
 * trigger; `random`: the same period with a random offset per camera, as if switched on one after another; `poisson`:
 * independent exponential gaps with the same mean rate.
 *
 * A periodic tick is computed as a product, not as a sum of periods, so that rounding errors do not add up.
 */
export function cameraTicks(load: CameraLoad, phaseSeed: number): CameraTicks[] {
  const periodUs = 1e6 / load.fps
  const shifts = seededRandom(phaseSeed)
  return Array.from({ length: load.cameras }, (_, camera) => {
    if (load.phases === 'poisson') return poissonTicks(periodUs, mixSeeds(phaseSeed, camera))
    const shiftUs = load.phases === 'random' ? shifts() * periodUs : 0
    return (tick) => shiftUs + tick * periodUs
  })
}

function poissonTicks(meanGapUs: number, seed: number): CameraTicks {
  const random = seededRandom(seed)
  let lastUs = 0
  return () => (lastUs += exponential(random) * meanGapUs)
}

/**
 * The captures of several cameras in order of time. Captures at the same time are in order of camera. A binary heap has
 * the next tick of each camera: O(log cameras) per capture.
 */
export class CaptureSchedule {
  private readonly heap: CapturedFrame[] = []
  private readonly ticks: ReadonlyMap<number, CameraTicks>
  private readonly limitOf: (camera: number) => number

  /** `limitOf` returns the number of ticks of a camera; Infinity for no end. */
  constructor(ticks: ReadonlyMap<number, CameraTicks>, limitOf: (camera: number) => number) {
    this.ticks = ticks
    this.limitOf = limitOf
    for (const [camera, times] of ticks) {
      if (limitOf(camera) > 0) this.push({ camera, tick: 0, capturedUs: times(0) })
    }
  }

  /** Time of the next capture; Infinity after the last. */
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
