import stableStringify from 'safe-stable-stringify'
import {
  cameraStep,
  knownWorkers,
  type CameraLoad,
  type Point,
  type SloSettings,
} from '../scenario/plan/plan.js'
import { UserError } from '../system/user-error.js'

/** One setting whose number of cameras is searched: a point without that number. */
export interface CapacitySetting {
  /** For people: `server batching 4 (delay 50 ms), 2 workers`. Never compared. */
  label: string
  point: Point
  load: CameraLoad
  slo: SloSettings
  workers: number
  /** Cameras are added in steps of whole edge devices if these batch across their cameras. */
  step: number
}

/** What people call a setting. */
export type LabelSetting = (point: Point, workers: number) => string

/**
 * The settings of a scenario's camera points. Points that differ only in their number of cameras are one setting,
 * because that number is searched. Closed loads are left out.
 *
 * @param where names the scenario in errors
 * @throws UserError if there is no camera load, or no SLO to search by
 */
export function capacitySettings(
  points: readonly Point[],
  where: string,
  labelSetting: LabelSetting,
): CapacitySetting[] {
  const settings = new Map<string, CapacitySetting>()
  for (const point of points) {
    const { load, slo } = point
    if (load.kind !== 'cameras') continue
    if (slo === undefined) {
      throw new UserError('capacity needs an SLO', {
        where,
        expected: 'a latency limit for frames',
        remedy: 'Add an SLO, for example `slo: { latencyMs: 1000, percentile: 99 }`.',
      })
    }
    settings.set(settingKey(point), createSetting(point, load, slo, labelSetting))
  }
  if (settings.size === 0) {
    throw new UserError('the scenario has no camera load', {
      where,
      expected: 'a load of `kind: cameras`, whose rate and phases the search uses',
      remedy: 'Add a camera load, for example `load: { kind: cameras, cameras: 1, fps: 5 }`.',
    })
  }
  return [...settings.values()]
}

export function createSetting(
  point: Point,
  load: CameraLoad,
  slo: SloSettings,
  labelSetting: LabelSetting,
): CapacitySetting {
  const workers = knownWorkers(point)
  return { label: labelSetting(point, workers), point, load, slo, workers, step: cameraStep(point, load) }
}

/**
 * The identity of a setting: the same text for points that differ only in their number of cameras, their id and how long
 * they are measured, wherever they were read from: a scenario, run.json or capacity.json.
 */
export function settingKey({ id: _, measure: __, load, ...rest }: Point): string {
  const anyCameras = load.kind === 'cameras' ? { ...load, cameras: 0 } : load
  return stableStringify([rest, anyCameras])
}
