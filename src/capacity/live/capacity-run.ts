import type { Point } from '../../scenario/plan/plan.js'
import type { SloSettings } from '../../scenario/schema/settings.js'
import type { Tuning } from '../tune/tune-settings.js'
import type { CapacityFound, SearchState } from '../search/search-capacity.js'

export const capacityVersion = 1

/** capacity.json in a run folder: which numbers of cameras each setting carries, and all that the search knows. */
export interface CapacityRun {
  capacityVersion: typeof capacityVersion
  seed: number
  settings: SettingCapacity[]
  /** The points that came up so far, by what they are for: a run that goes on finds their measurements again. */
  pointIds: Record<string, number>
  /** Where settings were tuned: all of them, ranked; `settings` are those that were measured. */
  tuning?: Tuning
}

export interface SettingCapacity {
  /** In words. */
  setting: string
  /** The point searched; its number of cameras means nothing. */
  point: Point
  slo: SloSettings
  fps: number
  workers: number
  step: number
  /** What calibration found; absent while it is under way. */
  calibration?: Calibration
  search?: SearchState
  /** Absent until the search has ended. */
  found?: CapacityFound
  /** Why nothing was searched: calibration showed that no number of cameras can pass. */
  hopeless?: { message: string; expected?: string; received?: string; remedy?: string }
}

export interface Calibration {
  /** Frames a second that the saturated server answered. */
  ceilingFps: number
  /** t(b) = τ + α·b, undefined where the server tells of no batches or of too few sizes. */
  tauMs?: number
  alphaMs?: number
  /** Of a request besides queueing and service. */
  overheadMs?: number
  /** By how much all service times may be off, as a share; undefined: nothing could be simulated. */
  uncertainty?: number
}
