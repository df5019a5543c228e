import { isDeepStrictEqual } from 'node:util'
import { requireFrameNames } from '../frames/payload/build-payload.js'
import { encodedBytes } from '../frames/payload/encoding.js'
import { decodeFrames, requireDecodable, type Clip } from '../frames/video/decode-frames.js'
import { resolveFfmpeg } from '../frames/video/resolve-ffmpeg.js'
import { classifySource } from '../frames/video/video-source.js'
import type { ServerIdentity } from '../run/manifest.js'
import { isArchiveAddress } from '../scenario/grammar/archive-address.js'
import { nameByDifferences } from '../scenario/plan/differing-settings.js'
import { expectedS } from '../scenario/plan/expected-time.js'
import {
  allPoints,
  type Plan,
  type PlannedPoint,
  type Point,
  type VideoSettings,
} from '../scenario/plan/plan.js'
import { equalNamesReason } from '../scenario/plan/resolve-request.js'
import { checkModelFiles } from '../server/archive/model-files.js'
import { maxBodyBytes } from '../server/torchserve/server-files.js'
import { isMasked } from '../system/mask-address.js'
import { plural } from '../system/plural.js'
import { videoKey, type FirstFrames } from '../frames/payload/example-requests.js'
import { UserError } from '../system/user-error.js'

/**
 * A first request may find the server cold, so it gets longer than those of the load: as long as
 * `measure.firstRequestS`, which a model that compiles itself needs.
 */
export function firstRequestDeadlineMs({
  deadlineMs,
  firstRequestS,
}: Pick<Point['measure'], 'deadlineMs' | 'firstRequestS'>): number {
  return firstRequestS === undefined ? Math.max(deadlineMs, 30_000) : firstRequestS * 1000
}

/**
 * Checks points as far as that is possible without decoding a video or starting a server.
 * @throws UserError (usage)
 */
export async function requireMeasurable(points: readonly PlannedPoint[]): Promise<void> {
  for (const video of distinctVideos(points)) await requireDecodable(video)
  for (const point of points) requireFittingRequest(point)
}

/**
 * The same checks for a whole plan: points whose requests do not fit become impossible combinations, so that the others
 * are measured.
 * @throws UserError (usage) if a video cannot be read, or no point is left: the error of the first one
 */
export async function planMeasurable(plan: Plan): Promise<Plan> {
  const planned = allPoints(plan)
  for (const video of distinctVideos(planned)) await requireDecodable(video)
  const refused = new Map<number, UserError>()
  for (const point of planned) {
    try {
      requireFittingRequest(point)
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      refused.set(point.id, error)
    }
  }
  const [first] = refused.values()
  if (first === undefined) return plan
  const points = plan.points.filter(({ id }) => !refused.has(id))
  if (points.length === 0) throw first
  const ofCeiling = plan.ofCeiling?.filter(({ id }) => !refused.has(id))
  const order = plan.order.filter(({ point }) => !refused.has(point))
  const cells = nameByDifferences(planned).map(([point, cell]) => ({ cell, point }))
  const isRefused = ({ point }: { point?: number | undefined }) => point !== undefined && refused.has(point)
  // A combination equal to a refused one is refused too.
  const impossible = [...cells, ...plan.merged].filter(isRefused).map(({ cell, point }) => {
    const { message, parts } = refused.get(point!)!
    return { cell, reason: [message, parts.received].filter(Boolean).join(': ') }
  })
  return {
    ...plan,
    points,
    ofCeiling,
    order,
    impossible: [...plan.impossible, ...impossible],
    merged: plan.merged.filter((one) => !isRefused(one)),
    expectedS: expectedS({ points, ofCeiling, order }),
  }
}

function requireFittingRequest(point: PlannedPoint): void {
  requireFrameNames({ ...point.batching, request: point.model.request })
  requireAnswerInTime(point)
}

/**
 * Decodes the video files of these points as a run does before it starts a server, and checks the size of the requests.
 * Nothing is installed for it.
 * @returns a frame of each video file, and the points that a run would leave out; undefined if there is no ffmpeg yet, so
 *   that nothing could be checked
 * @throws UserError (usage) if a video cannot be read, or a run would have to leave out every point
 */
export async function requireReadableVideos(
  points: readonly PlannedPoint[],
  signal: AbortSignal,
): Promise<{ firstFrames: FirstFrames; tooLarge: { point: PlannedPoint; error: UserError }[] } | undefined> {
  const ffmpeg = await resolveFfmpeg()
  if (ffmpeg === undefined) return undefined
  const firstFrames = new Map<string, Uint8Array>()
  const tooLarge: { point: PlannedPoint; error: UserError }[] = []
  for (const video of distinctVideos(points)) {
    if (isMasked(video.source) || classifySource(video.source).kind !== 'file') continue
    const clip = await decodeFrames(video, { ffmpeg: ffmpeg.path, signal })
    for (const point of points) {
      if (!isDeepStrictEqual(point.video, video)) continue
      const error = findUnacceptedSize(clip, point)
      if (error !== undefined) tooLarge.push({ point, error })
    }
    const [first] = clip.frames
    if (first !== undefined) firstFrames.set(videoKey(video), first)
  }
  if (tooLarge.length === points.length && tooLarge[0] !== undefined) throw tooLarge[0].error
  return { firstFrames, tooLarge }
}

/**
 * Checks the archives, handlers and weights of these points, if they are files.
 * @returns the points that a run would leave out
 * @throws UserError (usage) if a run would have to leave out every point
 */
export async function requireModelFiles(
  points: readonly PlannedPoint[],
): Promise<{ point: PlannedPoint; error: UserError }[]> {
  const unusable: { point: PlannedPoint; error: UserError }[] = []
  for (const point of points) {
    const { server, model } = point
    if (server.kind === 'url' || server.kind === 'embedded') continue
    if (model.archive !== undefined && isArchiveAddress(model.archive)) continue
    try {
      await checkModelFiles(model, server.handler)
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      unusable.push({ point, error })
    }
  }
  if (unusable.length === points.length && unusable[0] !== undefined) throw unusable[0].error
  return unusable
}

/**
 * A server given by its address has a separate limit that its API does not report: TorchServe's max_request_size.
 * @returns the error (usage) if a server that Framestorm starts would refuse requests of this size (status 413)
 */
export function findUnacceptedSize(
  { jpegBytesMean }: Pick<Clip, 'jpegBytesMean'>,
  { server, batching: { encoding, framesPerRequest } }: PlannedPoint,
): UserError | undefined {
  const bytes = framesPerRequest * encodedBytes(encoding, Math.round(jpegBytesMean))
  if (server.kind === 'url') return undefined
  const limit = acceptedBytes(server)
  if (bytes <= limit) return undefined
  return new UserError('the requests are larger than the server accepts', {
    where: 'batching.framesPerRequest',
    expected: `requests of at most ${formatMegabytes(limit)}`,
    received: `about ${formatMegabytes(bytes)}: ${plural(framesPerRequest, 'frame')} per request, ${encoding}`,
    remedy: 'Send fewer frames per request, or lower video.size.',
    concerns: 'point',
  })
}

function acceptedBytes(server: Point['server']): number {
  const own = 'config' in server ? Number(server.config?.['max_request_size']) : Number.NaN
  return Number.isFinite(own) ? own : maxBodyBytes
}

/**
 * A server given by URL that turns out to be TorchServe keeps only the last of equal names.
 * @throws UserError (usage) if it would see only one frame of each request
 */
export function requireSeenFrames(
  { server, model, batching: { framesPerRequest } }: Point,
  identity: Pick<ServerIdentity, 'version'>,
): void {
  const kind =
    server.kind === 'url' && server.api === 'torchserve' && identity.version !== undefined
      ? 'torchserve'
      : server.kind
  const reason = equalNamesReason(model.request, framesPerRequest, { kind })
  if (reason === undefined) return
  throw new UserError('TorchServe would see only one frame of each request', {
    where: 'model.request.multipart',
    expected: 'a field name with $index or $number for the frames',
    received: reason,
    remedy: 'Write $index in the name of the field with $frame, or use one frame per request.',
    concerns: 'point',
  })
}

/** The embedded server's service time is known before it starts. */
function requireAnswerInTime({ server, batching: { framesPerRequest }, measure }: PlannedPoint): void {
  if (server.kind !== 'embedded' || server.table !== undefined) return
  const serviceMs = server.tauMs + server.alphaMs * framesPerRequest
  const limitMs = firstRequestDeadlineMs(measure)
  if (serviceMs <= limitMs) return
  throw new UserError('the embedded server would not answer a request before its deadline', {
    where: 'batching.framesPerRequest',
    expected: `a service time of at most ${limitMs / 1000} s`,
    received: `${Number((serviceMs / 1000).toFixed(1))} s for a request of ${plural(framesPerRequest, 'frame')}`,
    remedy: 'Send fewer frames per request, raise measure.firstRequestS, or set a shorter service time.',
  })
}

function distinctVideos(points: readonly PlannedPoint[]): VideoSettings[] {
  return [...new Map(points.map(({ video }) => [videoKey(video), video])).values()]
}

function formatMegabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6)} MB`
}
