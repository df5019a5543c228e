import type { BatchSizes } from '../../analysis/batch-sizes.js'
import type { Spread } from '../../analysis/spread.js'
import type {
  CeilingLoad,
  LoadSettings,
  PlannedPoint,
  Point,
  Protocol,
  SentAs,
} from '../../scenario/plan/plan.js'
import type { SettingValue } from '../../analysis/point-identity.js'
import { plural } from '../../system/plural.js'

/*
 * Formats figures for the terminal, Markdown, HTML and plots. An absent figure is an empty text, never
 * 0. `formatMs` and `formatFps` return the number alone, for columns that name the unit in their header.
 */

/** Three digits at most, so that a column reads at a glance: `8.35`, `57.2`, `350`. */
export function formatMs(ms: number | undefined): string {
  if (ms === undefined) return ''
  return ms.toFixed(ms >= 100 ? 0 : ms >= 10 ? 1 : 2)
}

/** `37.0`, `1208`. */
export function formatFps(fps: number | undefined): string {
  if (fps === undefined) return ''
  return fps.toFixed(fps >= 1000 ? 0 : 1)
}

/** FPS: `37.0`, or `37.0 (36.1–38.2)` with two repetitions or more: the interval if there is one, else the range. */
export function formatSpread(spread: Spread | undefined): string {
  if (spread === undefined) return ''
  if (spread.repetitions < 2) return formatFps(spread.median)
  const { low, high } = spread.interval ?? { low: spread.min, high: spread.max }
  const [from, to] = [formatFps(low), formatFps(high)]
  // A range smaller than the digits shown is left out.
  return from === to ? from : `${formatFps(spread.median)} (${from}–${to})`
}

/** A percentile in ms with its 95 % interval: `166 (160–171)`. */
export function formatPercentile(
  percentile: { value: number; low: number; high: number } | undefined,
): string {
  if (percentile === undefined) return ''
  return `${formatMs(percentile.value)} (${formatMs(percentile.low)}–${formatMs(percentile.high)})`
}

/** A share: `12.3 %`, `99.96 %`. A share below 100 % is never rounded up to 100 %. */
export function formatPercent(share: number | undefined): string {
  if (share === undefined) return ''
  return share > 0.9 && share < 1
    ? `${Math.min(share * 100, 99.99).toFixed(2)} %`
    : `${(share * 100).toFixed(1)} %`
}

/** `1.07×` */
export function formatRatio(ratio: number | undefined): string {
  return ratio === undefined ? '' : `${ratio.toFixed(2)}×`
}

/** At most this many significant digits, without trailing zeros; whole numbers stay whole. */
export function formatSignificant(value: number | undefined, digits = 4): string {
  if (value === undefined) return ''
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(digits)))
}

/** A figure with its unit: `37.2 fps`, `205 ms`, `0.10 %`. */
export function formatMetric(value: number | undefined, unit: 'fps' | 'ms' | 'frames' | 'share'): string {
  if (value === undefined) return ''
  return unit === 'share' ? `${(100 * value).toFixed(2)} %` : `${formatSignificant(value)} ${unit}`
}

/** A change with its sign: `+8.0 %`, `−2.1 %`. */
export function formatChange(change: number | undefined, unit = '%'): string {
  if (change === undefined) return ''
  // Percentage points are those of error rates, which are small.
  const digits = Math.abs(change).toFixed(unit === 'pp' ? 2 : 1)
  const sign = Number(digits) === 0 ? '' : change > 0 ? '+' : '−'
  return `${sign}${digits} ${unit}`
}

/** `41.0 KB` */
export function formatKilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} KB`
}

/** `50 s`, `5 min`, `2 h 10 min`: with the precision of an estimate. */
export function formatDuration(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** `a`, `a and b`, `a, b and c` */
export function formatList(words: readonly (string | number)[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}

export function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** `1:3 4:120`: three batches of one frame, 120 of four. */
export function formatBatchSizes({ bySize }: BatchSizes): string {
  return bySize.map(({ frames, batches }) => `${frames}:${batches}`).join(' ')
}

type Batching = Point['batching']

/** `server batching 4 (delay 50 ms), 8 frames in flight, server.workers 2`. */
export function formatDistinctPoint({
  point,
  settings,
}: {
  point: Pick<PlannedPoint, 'batching' | 'load'>
  settings: readonly SettingValue[]
}): string {
  return [formatPoint(point), formatSettings(settings)].filter(Boolean).join(', ')
}

/** `server.workers 2, video.width 320`. */
export function formatSettings(settings: readonly SettingValue[]): string {
  return settings.map(({ name, value }) => `${name} ${value}`).join(', ')
}

/**
 * `8 frames in flight`, `6 cameras at 5 fps`, `1 camera at 5 fps, aligned`, `cameras for 80 % of the ceiling at 5 fps`;
 * random phases are the default and not named.
 */
export function formatLoad(load: LoadSettings | CeilingLoad): string {
  if (load.kind === 'closed') return `${plural(load.framesInFlight, 'frame')} in flight`
  const number =
    'ofCeiling' in load
      ? `cameras for ${Number((load.ofCeiling * 100).toFixed(1))} % of the ceiling`
      : plural(load.cameras, 'camera')
  const cameras = `${number} at ${load.fps} fps`
  return load.phases === 'random' ? cameras : `${cameras}, ${load.phases}`
}

/** `server batching 4 (delay 50 ms), 8 frames in flight`. */
export function formatPoint(point: Pick<PlannedPoint, 'batching' | 'load'>): string {
  return `${formatBatching(point)}, ${formatLoad(point.load)}`
}

/** For the cell of a table: `8 in flight`, `6 × 5 fps`. */
export function formatLoadShort(load: LoadSettings | CeilingLoad): string {
  if (load.kind === 'closed') return `${load.framesInFlight} in flight`
  return 'cameras' in load ? `${load.cameras} × ${load.fps} fps` : `ceiling × ${load.ofCeiling}`
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
export function formatBatchingShort({ batching }: Pick<PlannedPoint, 'batching'>): string {
  if (batching.batchSize === 1) return ['none', ...batchingDetails(batching)].join(', ')
  const size = batching.mode === 'hybrid' ? formatProduct(batching) : String(batching.batchSize)
  return [`${batching.mode} ${size}`, ...batchingDetails(batching)].join(', ')
}

/** The settings that the points of one curve share: `hybrid batching, 2 frames per request, base64`. */
export function formatBatchingSeries({ batching }: Pick<Point, 'batching'>): string {
  const request =
    batching.mode === 'hybrid' ? [`${plural(batching.framesPerRequest, 'frame')} per request`] : []
  return [`${batching.mode} batching`, ...request, ...batchingDetails(batching)].join(', ')
}

function batchingDetails({ encoding, protocol, maxBatchDelayMs }: Batching): string[] {
  const details: string[] = []
  if (protocol !== undefined) details.push(formatProtocol(protocol))
  if (encoding !== 'raw') details.push(encoding)
  if (maxBatchDelayMs !== undefined) details.push(`delay ${maxBatchDelayMs} ms`)
  return details
}

/** `raw`, `raw gRPC`: how frames are sent. */
export function formatSentAs({ encoding, protocol }: SentAs): string {
  return protocol === undefined ? encoding : `${encoding} ${formatProtocol(protocol)}`
}

/** As people write it. */
export function formatProtocol(protocol: Protocol): string {
  return { http: 'HTTP', grpc: 'gRPC' }[protocol]
}

/** K × B. */
function formatProduct({ framesPerRequest, serverBatchSize }: Batching): string {
  return `${framesPerRequest} × ${serverBatchSize}`
}
