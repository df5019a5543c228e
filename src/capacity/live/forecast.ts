import { setImmediate } from 'node:timers/promises'
import type { CapacitySetting } from '../capacity-setting.js'
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
 * Forecasts what a setting carries in its stationary state, from everything that is measured at the time of the call.
 *
 * @param onNumber called before one number of cameras is simulated, or (undefined) all of them
 */
export function createForecast(
  setting: CapacitySetting,
  options: {
    calibrated: () => Calibrated
    seed: number
    maxSteps: number
    onNumber: (cameras?: number) => void
  },
): Forecast {
  const { step, slo } = setting
  const { calibrated, seed, maxSteps, onNumber } = options
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
      const { fitted, ceilingFps } = calibrated()
      const numbers = Array.from({ length: maxSteps }, (_, i) => (i + 1) * step)
      if (fitted === undefined) {
        const verdicts = await Promise.all(numbers.map(judge))
        return verdicts.map(({ decision }) => decision === 'pass')
      }
      onNumber()
      const { passing } = await simulatedCapacity(simulatedSetting(setting, fitted), {
        model: fitted.model,
        ceilingFps,
        percentile: slo.percentile,
        seed,
        step,
      })
      return numbers.map((cameras) => passing.some(([from, to]) => from <= cameras && cameras <= to))
    },
    judge,
  }
}

/** Only the rate matters if nothing is simulated. */
function unsimulated({ workers }: CapacitySetting): Parameters<typeof simulatedSetting>[1] {
  return { overhead: { sendMs: 0, answerMs: 0 }, workers }
}
