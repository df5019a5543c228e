import type { LoadSettings, Point } from '../../scenario/plan/plan.js'
import type { DistinctPoint } from '../../analysis/compare-runs.js'
import type { SettingValue } from '../../analysis/point-identity.js'
import { plural } from '../../system/plural.js'

type Batching = Point['batching']

/** `server batching 4 (delay 50 ms), 8 frames in flight, server.workers 2`. */
export function formatDistinctPoint({ point, settings }: DistinctPoint): string {
  return [formatPoint(point), formatSettings(settings)].filter(Boolean).join(', ')
}

/** `server.workers 2, video.width 320`. */
export function formatSettings(settings: readonly SettingValue[]): string {
  return settings.map(({ name, value }) => `${name} ${value}`).join(', ')
}

/** `8 frames in flight`, `6 cameras at 5 fps`, `1 camera at 5 fps, aligned`; random phases are the rule. */
export function formatLoad(load: LoadSettings): string {
  if (load.kind === 'closed') return `${plural(load.framesInFlight, 'frame')} in flight`
  const cameras = `${plural(load.cameras, 'camera')} at ${load.fps} fps`
  return load.phases === 'random' ? cameras : `${cameras}, ${load.phases}`
}

/** `server batching 4 (delay 50 ms), 8 frames in flight`. */
export function formatPoint(point: Pick<Point, 'batching' | 'load'>): string {
  return `${formatBatching(point)}, ${formatLoad(point.load)}`
}

/** For the cell of a table: `8 in flight`, `6 × 5 fps`. */
export function formatLoadShort(load: LoadSettings): string {
  return load.kind === 'closed' ? `${load.framesInFlight} in flight` : `${load.cameras} × ${load.fps} fps`
}

/** `server batching 4 (delay 50 ms)`, `client batching 8 (multipart)`, `no batching`. */
export function formatBatching({ batching }: Pick<Point, 'batching'>): string {
  if (batching.batchSize === 1) return 'no batching'
  const details = batchingDetails(batching)
  if (batching.mode === 'hybrid') details.unshift(formatProduct(batching))
  return `${batching.mode} batching ${batching.batchSize}${details.length === 0 ? '' : ` (${details.join(', ')})`}`
}

/** `server batching 4 (delay 50 ms), 2 workers`. */
export function formatSetting(point: Pick<Point, 'batching'>, workers: number): string {
  return `${formatBatching(point)}, ${plural(workers, 'worker')}`
}

/** For the cell of a table: `server 4, delay 50 ms`, `client 8, multipart`, `hybrid 2 × 4, base64`, `none`. */
export function formatBatchingShort({ batching }: Pick<Point, 'batching'>): string {
  if (batching.batchSize === 1) return 'none'
  const size = batching.mode === 'hybrid' ? formatProduct(batching) : String(batching.batchSize)
  return [`${batching.mode} ${size}`, ...batchingDetails(batching)].join(', ')
}

/** What the points of one curve over batch sizes share: `hybrid batching, 2 frames per request, base64`. */
export function formatBatchingSeries({ batching }: Pick<Point, 'batching'>): string {
  const request =
    batching.mode === 'hybrid' ? [`${plural(batching.framesPerRequest, 'frame')} per request`] : []
  return [`${batching.mode} batching`, ...request, ...batchingDetails(batching)].join(', ')
}

function batchingDetails({ framesPerRequest, encoding, maxBatchDelayMs }: Batching): string[] {
  const details: string[] = []
  if (framesPerRequest > 1) details.push(encoding)
  if (maxBatchDelayMs !== undefined) details.push(`delay ${maxBatchDelayMs} ms`)
  return details
}

/** K × B. */
function formatProduct({ framesPerRequest, serverBatchSize }: Batching): string {
  return `${framesPerRequest} × ${serverBatchSize}`
}
