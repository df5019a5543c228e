import { expect, test } from 'vitest'
import type { CameraLoad } from '../../scenario/plan/plan.js'
import { scheduleOfThread } from '../../load/schedule/request-schedule.js'
import { plannedFrames } from './planned-frames.js'

const window = { warmupMaxMs: 300, extent: { durationMs: 1700 }, phaseSeed: 7 }

function cameras(phases: CameraLoad['phases']): CameraLoad {
  return {
    kind: 'cameras',
    cameras: 11,
    fps: 7,
    camerasPerClient: 3,
    maxInFlightPerCamera: 1,
    phases,
    queue: { policy: 'drop-oldest', maxFrames: 1 },
  } as unknown as CameraLoad
}

/** Counts what the load threads of a slice would capture. */
function captured(load: CameraLoad, slice: { firstClient: number; clients: number }): number {
  const clip = { frames: 10, cameras: load.cameras }
  const whole = { ...slice, agent: 0, agents: 1 }
  const settings = { load, slice: whole, framesPerRequest: 1, phaseSeed: 7, clip }
  const schedule = scheduleOfThread(settings, 0, 1)
  let count = 0
  while (schedule.peekUs() < 2_000_000)
    for (const { capturedUs } of schedule.next().frames) if (capturedUs >= 300_000) count++
  return count
}

test.each(['random', 'aligned', 'poisson'] as const)(
  'the planned frames of %s cameras are those that the load threads capture',
  (phases) => {
    const load = cameras(phases)
    for (const slice of [
      { firstClient: 0, clients: 4 },
      { firstClient: 1, clients: 2 },
      { firstClient: 3, clients: 1 },
    ])
      expect(plannedFrames({ load, ...window }, slice)).toBe(captured(load, slice))
  },
)

test('a closed load plans no frames', () => {
  const load = { kind: 'closed' as const, framesInFlight: 4 }
  expect(plannedFrames({ load, ...window }, { firstClient: 0, clients: 4 })).toBeUndefined()
})
