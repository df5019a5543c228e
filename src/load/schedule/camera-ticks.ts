import { exponential, mixSeeds, seededRandom } from '../../system/seeded-random.js'
import type { CameraLoad } from '../../scenario/schema/settings.js'

/** The capture times of one camera, asked for tick after tick: 0, 1, 2 … */
export type CameraTicks = (tick: number) => number

/**
 * When each camera captures, µs since the start, from the seed alone. `aligned`: all at once, as cameras on one
 * trigger; `random`: the same period, each shifted by its own share of it, as cameras that were switched on one
 * after another; `poisson`: independent exponential gaps with the same mean rate.
 *
 * A periodic tick is a product, never a sum of periods, so that no rounding adds up.
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
