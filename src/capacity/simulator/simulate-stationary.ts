import { cameraTicks } from '../../load/schedule/capture-schedule.js'
import type { CameraLoad } from '../../scenario/plan/plan.js'
import { mixSeeds, seededRandom } from '../../system/seeded-random.js'
import type { ServiceTimes } from './service-model.js'
import { createSimulation, requestSchedule } from './simulate-cameras.js'
import type { SimulatedSetting } from './simulated-setting.js'

/** Requests whose outcome became known in one epoch, and how many of them were late, dropped, refused or timed out. */
export interface EpochCounts {
  requests: number
  late: number
}

/** The epoch of a sustained capacity: camera clocks drift through all alignments within a day. */
export const minuteS = 60

/**
 * Simulates N cameras without end: queues carry on, and every epoch has new phases. The first epoch, in which
 * queues reach their level, is left out. A request is as late as its oldest frame, from the scheduled capture.
 *
 * @param epochS rounded to whole periods of a camera
 */
export function* simulateStationary(
  setting: SimulatedSetting,
  options: { cameras: number; serviceTimes: ServiceTimes; seed: number; epochS?: number },
): Generator<EpochCounts, never> {
  const { cameras, serviceTimes, seed, epochS = minuteS } = options
  const load: CameraLoad = { ...setting.load, cameras }
  const ticksPerEpoch = Math.max(1, Math.round(epochS * load.fps))
  const epochUs = (ticksPerEpoch * 1e6) / load.fps
  const sloUs = setting.sloMs * 1000
  let counts: EpochCounts = { requests: 0, late: 0 }
  const schedule = requestSchedule({ ...setting, load }, changingTicks(load, seed, ticksPerEpoch))
  const simulation = createSimulation({ ...setting, load }, schedule, serviceTimes, {
    settled({ frames }, outcome, atUs) {
      counts.requests++
      if (outcome !== 'ok' || atUs - frames[0]!.capturedUs > sloUs) counts.late++
    },
  })
  for (let epoch = 1; ; epoch++) {
    let more = true
    while (more) more = simulation.step(epoch * epochUs)
    if (epoch > 1) yield counts
    counts = { requests: 0, late: 0 }
  }
}

/** Capture times of each camera. Random phases are drawn anew for each epoch; other phases stay what they are. */
function changingTicks(
  load: CameraLoad,
  seed: number,
  ticksPerEpoch: number,
): ReturnType<typeof cameraTicks> {
  if (load.phases !== 'random') return cameraTicks(load, seed)
  const periodUs = 1e6 / load.fps
  return Array.from({ length: load.cameras }, (_, camera) => {
    const random = seededRandom(mixSeeds(seed, camera))
    let shiftUs = 0
    return (tick) => {
      if (tick % ticksPerEpoch === 0) shiftUs = random() * periodUs
      return shiftUs + tick * periodUs
    }
  })
}
