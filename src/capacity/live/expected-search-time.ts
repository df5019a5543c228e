import type { CapacitySetting } from '../capacity-setting.js'
import { expectedCalibrationS } from './calibrate.js'
import { leastS, settingCriteria } from './search-setting.js'

/** Frames per second that a server is assumed to answer before it is measured. */
const assumedFps = 30

/** Start of the server and of the first request, s. */
const startS = { auto: 9, torchserve: 9, embedded: 1, url: 1 } as const

/** Expected time of a search that measures both sides of the planning edge, s; without installation. */
export function expectedSearchS(setting: CapacitySetting): number {
  const { load, point, step } = setting
  const cameras = Math.max(step, Math.floor(assumedFps / load.fps / step) * step)
  const numberS = leastS(setting, cameras, { criteria: settingCriteria(setting), failureExpected: false })
  return Math.round(startS[point.server.kind] + expectedCalibrationS(setting) + 2 * numberS)
}
