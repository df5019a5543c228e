import stringify from 'safe-stable-stringify'
import { UserError } from '../system/user-error.js'
import type { Point } from '../scenario/plan/plan.js'
import type { CameraLoad, SloSettings } from '../scenario/schema/settings.js'
import { formatBatching } from '../report/format/point.js'

/** One setting whose number of cameras is searched: a point but for that number. */
export interface CapacitySetting {
  /** `server batching 4 (delay 50 ms), 2 workers`. */
  words: string
  point: Point
  load: CameraLoad
  slo: SloSettings
  workers: number
  /** Cameras come by whole edge devices where these batch across their cameras. */
  step: number
}

/**
 * The settings of a scenario's camera points, each once whatever numbers of cameras it lists: those are what is
 * searched. Its closed loads are left alone.
 *
 * @throws UserError where there is no camera load or no SLO to search by
 */
export function capacitySettings(points: readonly Point[], where: string): CapacitySetting[] {
  const settings = new Map<string, CapacitySetting>()
  for (const point of points) {
    if (point.load.kind !== 'cameras') continue
    const setting = settingOf(point, point.load, where)
    settings.set(settingKey(point), setting)
  }
  if (settings.size === 0) {
    throw new UserError('the scenario has no camera load', {
      where,
      expected: 'a load of `kind: cameras`, whose rate and phases the search takes',
      remedy: 'add for example `load: { kind: cameras, cameras: 1, fps: 5 }`',
    })
  }
  return [...settings.values()]
}

function settingOf(point: Point, load: CameraLoad, where: string): CapacitySetting {
  const { slo, server, batching } = point
  if (slo === undefined) {
    throw new UserError('capacity needs an SLO', {
      where,
      expected: 'the latency within which frames have to be answered',
      remedy: 'add for example `slo: { latencyMs: 1000, percentile: 99 }`',
    })
  }
  // How many workers somebody else's server has is not ours to know; one is what it has at least.
  const workers = server.kind === 'url' ? 1 : server.workers
  return {
    words: `${formatBatching(point)}, ${workers === 1 ? '1 worker' : `${workers} workers`}`,
    point,
    load,
    slo,
    workers,
    step: batching.framesPerRequest > 1 ? load.camerasPerClient : 1,
  }
}

/**
 * The same text for points that differ in nothing but their number of cameras, their id and how long they are measured,
 * whether they come from a scenario, from run.json or from capacity.json.
 */
export function settingKey({ id: _, measure: __, load, ...rest }: Point): string {
  const anyCameras = load.kind === 'cameras' ? { ...load, cameras: 0 } : load
  return stringify([rest, anyCameras])
}
