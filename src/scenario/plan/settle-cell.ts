import { basename, extname } from 'node:path'
import { defaults } from '../schema/defaults.js'
import { parseSize } from '../grammar/parse-size.js'
import type {
  CameraLoad,
  LoadSettings,
  MeasureSettings,
  ModelSettings,
  SloSettings,
  VideoSettings,
} from '../schema/settings.js'
import type { Point } from './plan.js'
import { settleBatching } from './settle-batching.js'
import { settleServer } from './settle-server.js'
import type { WrittenCell } from './written-cell.js'

/** The settings of a point before it has a number. */
export type Cell = Omit<Point, 'id'>

/** A combination with every default applied, or the reason why it can't be. */
export function settleCell(written: WrittenCell, defaultFramesInFlight: number): Cell | { reason: string } {
  const batching = settleBatching(written.batching)
  if ('reason' in batching) return batching
  if (written.load === undefined) throw new Error('a scenario without a load passed its schema')
  const load = settleLoad(written.load, batching.batchSize, defaultFramesInFlight)
  const reason = impossibleReason({ batching, load })
  if (reason !== undefined) return { reason }
  const slo = settleSlo(written.slo)
  return {
    video: settleVideo(written.video),
    server: settleServer(written.server),
    model: settleModel(written.model),
    batching,
    load,
    measure: settleMeasure(written.measure),
    ...(slo === undefined ? {} : { slo }),
  }
}

function settleVideo({ source, frames, size, quality }: WrittenCell['video']): VideoSettings {
  return {
    source: String(source),
    ...(frames === undefined ? {} : { frames }),
    ...parseSize(size ?? defaults.video.size),
    quality: quality ?? defaults.video.quality,
  }
}

function settleModel(written: WrittenCell['model'] = {}): ModelSettings {
  const { name, weights, archive, request, answer } = written
  const ownName = archive === undefined ? defaults.model.name : basename(archive, extname(archive))
  return {
    name: name ?? ownName,
    weights: weights ?? defaults.model.weights,
    ...(archive === undefined ? {} : { archive }),
    request: { ...defaults.request, ...request },
    answer: answer === 'none' ? {} : { ...defaults.answer, ...answer },
  }
}

function settleMeasure(written: WrittenCell['measure'] = {}): MeasureSettings {
  const repetitions = written.passes === undefined ? defaults.measure.repetitions : 1
  return { ...defaults.measure, repetitions, ...written }
}

function settleSlo(written: WrittenCell['slo']): SloSettings | undefined {
  return written === undefined ? undefined : { ...defaults.slo, ...written }
}

/** Why a cell can't be measured; undefined where it can. */
function impossibleReason({ batching, load }: Pick<Point, 'batching' | 'load'>): string | undefined {
  if (load.kind !== 'closed') return undefined
  const { framesPerRequest } = batching
  const { framesInFlight } = load
  if (framesPerRequest > framesInFlight) {
    return `framesPerRequest ${framesPerRequest} is above the ${framesInFlight} frames in flight`
  }
  if (framesInFlight % framesPerRequest !== 0) {
    return `${framesInFlight} frames in flight are not a multiple of framesPerRequest ${framesPerRequest}`
  }
  return undefined
}

type WrittenLoad = NonNullable<WrittenCell['load']>

/** A load with its defaults; a closed one has its frames in flight worked out. */
function settleLoad(written: WrittenLoad, batchSize: number, defaultFramesInFlight: number): LoadSettings {
  if (written.kind === 'cameras') return cameraLoad(written)
  const { framesInFlight, batchesInFlight } = written
  const ofBatches = batchesInFlight === undefined ? undefined : batchesInFlight * batchSize
  return { kind: 'closed', framesInFlight: framesInFlight ?? ofBatches ?? defaultFramesInFlight }
}

function cameraLoad({ queue, ...written }: Extract<WrittenLoad, { kind: 'cameras' }>): CameraLoad {
  const policy = queue?.policy ?? defaults.queuePolicy
  return {
    ...defaults.cameras,
    ...written,
    queue: { policy, depth: queue?.depth ?? defaults.queueDepth[policy] },
  }
}
