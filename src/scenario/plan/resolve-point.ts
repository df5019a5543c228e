import { basename } from 'node:path'
import { parseShare } from '../grammar/parse-quantity.js'
import { batching } from '../schema/batching.js'
import { cameraLoad, queue, queueDepths } from '../schema/load.js'
import { measure, slo } from '../schema/measure.js'
import { model, sameAnswer } from '../schema/model.js'
import { equalNamesReason, resolveEncoding, resolveRequest } from './resolve-request.js'
import { applyDefaults, type OneOf } from '../schema/section.js'
import { autoServer, embedded, torchserve, type RawServer } from '../schema/server.js'
import { urlServer } from '../schema/url-server.js'
import type {
  AnswerSetting,
  BatchingMode,
  BatchingSettings,
  CeilingLoad,
  LoadSettings,
  MeasureSettings,
  ModelSettings,
  PlannedPoint,
  PredictionApi,
  Protocol,
  RequestShape,
  ServerSettings,
  VideoSettings,
} from './plan.js'
import { parseSize, pathOfFileUrl, video } from '../schema/video.js'
import type { Combination } from './combinations.js'

/** The settings of a point before it has a number. */
export type PlannedSettings = Omit<PlannedPoint, 'id'>

/** A combination with every default applied, or the reason why it is not possible. */
export function resolvePoint(
  combination: Combination,
  defaultFramesInFlight: number,
): PlannedSettings | { reason: string } {
  const resolvedModel = resolveModel(combination.model)
  const server = resolveServer(combination.server)
  const resolvedBatching = resolveBatching(combination.batching, {
    request: resolvedModel.request,
    protocol: combination.server?.protocol,
    api: combination.server?.api,
  })
  if ('reason' in resolvedBatching) return resolvedBatching
  if (combination.load === undefined) throw new Error('the schema accepted a scenario without a load')
  const load = resolveLoad(combination.load, resolvedBatching.batchSize, defaultFramesInFlight)
  const { framesPerRequest } = resolvedBatching
  const reason =
    noBinaryReason(resolvedBatching, server) ??
    impossibleReason(framesPerRequest, load) ??
    equalNamesReason(resolvedModel.request, framesPerRequest, server)
  if (reason !== undefined) return { reason }
  return {
    video: resolveVideo(combination.video),
    server,
    model: resolvedModel,
    batching: resolvedBatching,
    load,
    measure: resolveMeasure(combination.measure),
    ...(combination.slo !== undefined && { slo: applyDefaults(slo.defaults, combination.slo) }),
  }
}

function resolveVideo(written: Combination['video']): VideoSettings {
  const { source, frames, size, ...rest } = applyDefaults(video.defaults, written)
  return {
    source: pathOfFileUrl(String(source)),
    ...(frames !== undefined && { frames }),
    ...parseSize(size),
    ...rest,
  }
}

/** A server with its defaults. The protocol is a part of the batching of its points. */
export function resolveServer(
  { protocol: _, ...written }: OneOf<RawServer> = { kind: 'auto' },
): ServerSettings {
  if (written.kind === 'auto') return applyDefaults(autoServer.defaults, written)
  if (written.kind === 'torchserve') return applyDefaults(torchserve.defaults, written)
  if (written.kind === 'url') return applyDefaults(urlServer.defaults, written)
  const settings = applyDefaults(embedded.defaults, written)
  const { jitter } = settings
  const share = typeof jitter === 'string' ? parseShare(jitter) : jitter
  return { ...settings, jitter: share ?? embedded.defaults.jitter }
}

function resolveModel(written: Combination['model'] = {}): ModelSettings {
  const { archive, answer, sameAnswer: same, ...rest } = written
  const ownName =
    archive === undefined ? model.defaults.name : basename(archive).replace(/\.(mar|zip|tgz|tar\.gz)$/, '')
  return {
    ...applyDefaults({ ...model.defaults, name: ownName }, { ...rest, archive }),
    request: resolveRequest(written.request),
    answer: resolveAnswer(answer),
    ...(same !== undefined && { sameAnswer: applyDefaults(sameAnswer.defaults, same) }),
  }
}

/** A mapping without fields is the whole answer as a list, as it was before `auto`. */
function resolveAnswer(written: NonNullable<Combination['model']>['answer']): AnswerSetting {
  if (typeof written !== 'object') return written ?? model.defaults.answer
  return written.perRequest === undefined ? { list: written.list ?? '' } : { perRequest: true }
}

function resolveMeasure(written: Combination['measure'] = {}): MeasureSettings {
  const repetitions = written.passes === undefined ? measure.defaults.repetitions : 1
  return applyDefaults({ ...measure.defaults, repetitions }, written)
}

type WrittenBatching = NonNullable<Combination['batching']>

/**
 * Batching with K, B and K × B, or the reason why this batching is not possible. The delay is kept as asked, even if it
 * has no effect.
 */
export function resolveBatching(
  written: WrittenBatching = {},
  {
    request,
    protocol = 'http',
    api,
  }: { request: RequestShape; protocol?: Protocol | undefined; api?: PredictionApi | undefined },
): BatchingSettings | { reason: string } {
  const sizes = frameCounts(written)
  if ('reason' in sizes) return sizes
  const { framesPerRequest, serverBatchSize } = sizes
  const settings = applyDefaults(batching.defaults, withoutSizes(written))
  const encoding = resolveEncoding(settings.encoding, { framesPerRequest, request, protocol, api })
  if (typeof encoding === 'object') return encoding
  return {
    mode: written.mode ?? modeFor(framesPerRequest, serverBatchSize),
    ...sizes,
    batchSize: framesPerRequest * serverBatchSize,
    ...settings,
    encoding,
    ...(protocol === 'grpc' && { protocol }),
  }
}

function withoutSizes(written: WrittenBatching) {
  const { mode: _m, batchSize: _s, framesPerRequest: _k, serverBatchSize: _b, ...rest } = written
  return rest
}

interface FrameCounts {
  framesPerRequest: number
  serverBatchSize: number
}

function frameCounts(written: WrittenBatching): FrameCounts | { reason: string } {
  const { mode, batchSize, framesPerRequest, serverBatchSize } = written
  if (batchSize === undefined) {
    return { framesPerRequest: framesPerRequest ?? 1, serverBatchSize: serverBatchSize ?? 1 }
  }
  if (mode === 'server') return { framesPerRequest: 1, serverBatchSize: batchSize }
  if (mode === 'client') return { framesPerRequest: batchSize, serverBatchSize: 1 }
  const given = framesPerRequest ?? serverBatchSize ?? 1
  if (batchSize % given !== 0) {
    const name = framesPerRequest === undefined ? 'serverBatchSize' : 'framesPerRequest'
    return { reason: `batchSize ${batchSize} is not a multiple of ${name} ${given}` }
  }
  return framesPerRequest === undefined
    ? { framesPerRequest: batchSize / given, serverBatchSize: given }
    : { framesPerRequest: given, serverBatchSize: batchSize / given }
}

function modeFor(framesPerRequest: number, serverBatchSize: number): BatchingMode {
  if (framesPerRequest === 1) return 'server'
  return serverBatchSize === 1 ? 'client' : 'hybrid'
}

type WrittenLoad = NonNullable<Combination['load']>

/** A load with its defaults. Frames in flight of a closed load are computed. */
function resolveLoad(
  written: WrittenLoad,
  batchSize: number,
  defaultFramesInFlight: number,
): LoadSettings | CeilingLoad {
  const threads = typeof written.threads === 'number' ? { threads: written.threads } : {}
  if (written.kind === 'closed') {
    const { framesInFlight, batchesInFlight } = written
    const ofBatches = batchesInFlight === undefined ? undefined : batchesInFlight * batchSize
    return {
      kind: 'closed',
      framesInFlight: framesInFlight ?? ofBatches ?? defaultFramesInFlight,
      ...threads,
    }
  }
  const { threads: _auto, ofCeiling, ...settings } = applyDefaults(cameraLoad.defaults, written)
  const { policy, depth } = applyDefaults(queue.defaults, written.queue)
  const own = { queue: { policy, depth: depth ?? queueDepths[policy] }, ...threads }
  if (ofCeiling !== undefined) {
    const { cameras: _none, ...others } = settings
    return { ...others, ofCeiling, ...own }
  }
  // Only `capacity` needs neither of the two: it searches the number of cameras.
  return { ...settings, cameras: settings.cameras ?? 1, ...own }
}

/** TorchServe reads inference requests as JSON only (otf_message_handler.py). */
function noBinaryReason(
  { encoding, protocol }: Pick<BatchingSettings, 'encoding' | 'protocol'>,
  { kind, api }: ServerSettings,
): string | undefined {
  const isTorchServe = kind === 'auto' || kind === 'torchserve'
  if (!isTorchServe || api !== 'oip' || encoding !== 'raw' || protocol === 'grpc') return undefined
  return 'TorchServe has no binary tensor data: encoding raw needs another server, or protocol grpc'
}

/** The reason why a combination cannot be measured; undefined if it can. */
function impossibleReason(framesPerRequest: number, load: LoadSettings | CeilingLoad): string | undefined {
  if (load.kind !== 'closed') return undefined
  const { framesInFlight } = load
  if (framesPerRequest > framesInFlight) {
    return `framesPerRequest ${framesPerRequest} is above the ${framesInFlight} frames in flight`
  }
  if (framesInFlight % framesPerRequest !== 0) {
    return `${framesInFlight} frames in flight are not a multiple of framesPerRequest ${framesPerRequest}`
  }
  return undefined
}
