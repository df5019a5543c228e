import { basename, extname } from 'node:path'
import { defaults } from '../schema/defaults.js'
import { parseSize } from '../grammar/parse-size.js'
import type { MeasureSettings, ModelSettings, SloSettings, VideoSettings } from '../schema/settings.js'
import { impossibleReason } from './impossible-reason.js'
import type { Point } from './plan.js'
import { settleBatching } from './settle-batching.js'
import { settleLoad } from './settle-load.js'
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
