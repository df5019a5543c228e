import { setImmediate } from 'node:timers/promises'
import type { CapacitySetting } from '../capacity-setting.js'
import type { Interval } from '../search/intervals.js'
import { simulatedSetting } from '../simulator/simulated-setting.js'
import { simulatedCapacity } from '../sustained/simulated-capacity.js'
import { judgeSustained, type SustainedVerdict } from '../sustained/judge-sustained.js'
import type { Calibrated } from './calibrate.js'

export interface Forecast {
  /** Whether 1 … `maxSteps` steps of cameras can be sustained. */
  predict: () => Promise<boolean[]>
  /** The same for one number of cameras, thoroughly. */
  judge: (cameras: number) => Promise<SustainedVerdict>
}

/**
 * Forecasts what a setting carries in its stationary state, from everything that is measured at the time of the call. A
 * prediction is kept until something else is measured.
 *
 * @param onNumber called before one number of cameras is simulated, or (undefined) all of them
 */
export function createForecast(
  setting: CapacitySetting,
  options: {
    /** The same object as long as nothing was measured. */
    calibrated: () => Calibrated
    seed: number
    maxSteps: number
    onNumber: (cameras?: number) => void
  },
): Forecast {
  const { step, slo } = setting
  const { calibrated, seed, maxSteps, onNumber } = options
  let known: { by: Calibrated; passing: Interval[] } | undefined
  async function judge(cameras: number): Promise<SustainedVerdict> {
    onNumber(cameras)
    // Progress is displayed, and an interruption noticed, between two simulations.
    await setImmediate()
    const { fitted, ceilingFps } = calibrated()
    const simulated = simulatedSetting(setting, fitted ?? unsimulated(setting))
    return judgeSustained(simulated, {
      fitted,
      ceilingFps,
      cameras,
      percentile: slo.percentile,
      seed,
    })
  }
  return {
    async predict() {
      const by = calibrated()
      const { fitted, ceilingFps } = by
      const numbers = Array.from({ length: maxSteps }, (_, i) => (i + 1) * step)
      if (fitted === undefined) {
        const verdicts = await Promise.all(numbers.map(judge))
        return verdicts.map(({ decision }) => decision === 'pass')
      }
      if (known?.by !== by) {
        onNumber()
        const { passing } = await simulatedCapacity(simulatedSetting(setting, fitted), {
          model: fitted.model,
          ceilingFps,
          percentile: slo.percentile,
          seed,
          step,
        })
        known = { by, passing }
      }
      const { passing } = known
      return numbers.map((cameras) => passing.some(([from, to]) => from <= cameras && cameras <= to))
    },
    judge,
  }
}

/** Only the rate matters if nothing is simulated. */
function unsimulated({ workers }: CapacitySetting): Parameters<typeof simulatedSetting>[1] {
  return { overhead: { sendMs: 0, answerMs: 0 }, workers }
}
