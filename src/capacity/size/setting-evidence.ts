import stringify from 'safe-stable-stringify'
import type { Point } from '../../scenario/plan/plan.js'
import type { CameraLoad } from '../../scenario/schema/settings.js'
import type { MeasurementInput } from '../../run/measurement-input.js'
import { formatBatching } from '../../report/format/point.js'
import type { CapacityRun, SettingCapacity } from '../capacity-run.js'
import { type FittedServer, fitServer, type ServerTrace, traceOf } from '../simulator/fit-server.js'
import type { PhasedMeasurement } from '../simulator/simulated-setting.js'

/** All that a run knows of one setting: a way to batch on one server, whatever the load was. */
export interface SettingEvidence {
  /** In words. */
  setting: string
  /** A point with this setting. */
  point: Point
  workers: number
  /** Its camera runs, samples and all. */
  cameraRuns: { input: MeasurementInput; load: CameraLoad }[]
  /** What capacity runs found, at whatever rate and SLO. */
  capacities: SettingCapacity[]
  /** Undefined where no batch was logged. */
  fitted?: FittedServer
  /** Mean bytes of bodies that one frame took, each way; undefined where nothing was answered. */
  upBytesPerFrame?: number
  downBytesPerFrame?: number
}

interface Gathering {
  evidence: SettingEvidence
  frames: number
  upBytes: number
  downBytes: number
}

/**
 * Reads the measurements of a run once, in any order, and gathers what is known of each setting. Batches of settings
 * that ask the same of the server's handler (model, encoding, workers) are fitted together.
 */
export async function settingEvidence(
  measurements: AsyncIterable<PhasedMeasurement> | Iterable<PhasedMeasurement>,
  capacity: CapacityRun | undefined,
): Promise<SettingEvidence[]> {
  const settings = new Map<string, Gathering>()
  const traces = new Map<string, { workers: number; some: ServerTrace[] }>()
  for await (const measurement of measurements) {
    const { point } = measurement
    const workers = workersOf(point)
    const gathering = gatheringFor(settings, point)
    const { load } = point
    if (load.kind === 'cameras') gathering.evidence.cameraRuns.push({ input: measurement, load })
    countBytes(gathering, measurement)
    const key = handlerKey(point)
    const known = traces.get(key) ?? { workers, some: [] }
    known.some.push(traceOf(measurement, workers))
    traces.set(key, known)
  }
  for (const searched of capacity?.settings ?? [])
    gatheringFor(settings, searched.point).evidence.capacities.push(searched)
  const fits = new Map(
    [...traces].map(([key, { workers, some }]) => [key, fitServer(some, workers)] as const),
  )
  return [...settings.values()].map(({ evidence, frames, upBytes, downBytes }) => {
    const fitted = fits.get(handlerKey(evidence.point))
    return {
      ...evidence,
      ...(fitted !== undefined && { fitted }),
      ...(frames > 0 && { upBytesPerFrame: upBytes / frames, downBytesPerFrame: downBytes / frames }),
    }
  })
}

function gatheringFor(settings: Map<string, Gathering>, point: Point): Gathering {
  const key = stringify([point.server, point.model, point.video, point.batching])
  const known = settings.get(key)
  if (known !== undefined) return known
  const workers = workersOf(point)
  const gathering: Gathering = {
    evidence: {
      setting: `${formatBatching(point)}, ${workers === 1 ? '1 worker' : `${workers} workers`}`,
      point,
      workers,
      cameraRuns: [],
      capacities: [],
    },
    frames: 0,
    upBytes: 0,
    downBytes: 0,
  }
  settings.set(key, gathering)
  return gathering
}

function countBytes(gathering: Gathering, { samples: { requests } }: MeasurementInput): void {
  for (let row = 0; row < requests.count; row++) {
    if (requests.status[row] !== 200) continue
    gathering.frames += requests.frames[row]!
    gathering.upBytes += requests.bodyBytes[row]!
    gathering.downBytes += requests.answerBytes[row]!
  }
}

function handlerKey({ server, model, video, batching }: Point): string {
  return stringify([server, model, video, batching.encoding])
}

/** Somebody else's server does not say how many it has. */
function workersOf({ server }: Point): number {
  return server.kind === 'url' ? 1 : server.workers
}
