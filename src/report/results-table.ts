import { variedSettings } from '../analysis/varied-settings.js'
import type { PointSummary } from '../analysis/point-summary.js'
import { reportedPercentiles } from '../analysis/latency-summary.js'
import { fpsInWords, msInWords, shareInWords, spreadInWords } from './format/numbers.js'

/** The results as a reader sees them, in HTML, Markdown and on the terminal: one row a point. */
export interface ResultColumn {
  name: string
  /** For tooltips and the docs. */
  meaning: string
  numeric: boolean
  cell: (point: PointSummary) => string
}

/** The columns that say something about these points, all of one kind of load; empty ones are left out. */
export function resultColumns(points: PointSummary[]): ResultColumn[] {
  const kind = points[0]?.point.load.kind ?? 'closed'
  const settings = variedSettings(points.map(({ point }) => point))
  const others: ResultColumn = {
    name: 'settings',
    meaning: 'what else the points differ in',
    numeric: false,
    cell: ({ point }) => settings(point),
  }
  return [...settingColumns, others, ...rateColumns, ...latencyColumns[kind], ...judgementColumns].filter(
    ({ cell }) => points.some((point) => cell(point) !== ''),
  )
}

const settingColumns: ResultColumn[] = [
  { name: 'point', meaning: 'as in points.csv', numeric: true, cell: ({ point }) => String(point.id) },
  {
    name: 'batching',
    meaning: 'who joins frames into a batch, and how many; encoding and maxBatchDelay',
    numeric: false,
    cell: ({ point }) => batchingInShort(point),
  },
  {
    name: 'load',
    meaning: 'frames in flight, or cameras × their frames a second',
    numeric: false,
    cell: ({ point: { load } }) =>
      load.kind === 'closed' ? `${load.framesInFlight} in flight` : `${load.cameras} × ${load.fps} fps`,
  },
]

const rateColumns: ResultColumn[] = [
  {
    name: 'FPS',
    meaning: 'frames answered a second: median and range of the repetitions',
    numeric: true,
    cell: ({ fps }) => spreadInWords(fps),
  },
  {
    name: 'goodput',
    meaning: 'frames answered correctly within the SLO, a second: median of the repetitions',
    numeric: true,
    cell: ({ goodputFps }) => (goodputFps === undefined ? '' : fpsInWords(goodputFps.median)),
  },
]

const latencyColumns: Record<'closed' | 'cameras', ResultColumn[]> = {
  closed: reportedPercentiles.map((name) => ({
    name,
    meaning: `request latency ${name}, ms`,
    numeric: true,
    cell: ({ requestLatency }) => msInWords(requestLatency[name]?.value),
  })),
  cameras: reportedPercentiles.map((name) => ({
    name,
    meaning: `frame latency ${name}, ms`,
    numeric: true,
    cell: ({ frameLatency }) => msInWords(frameLatency?.[name]?.value),
  })),
}

const judgementColumns: ResultColumn[] = [
  {
    name: 'in SLO',
    meaning: 'share of the frames scheduled that were answered correctly within the SLO',
    numeric: true,
    cell: ({ sloAttainment }) => shareInWords(sloAttainment?.median),
  },
  {
    name: 'formed',
    meaning: 'mean frames in the batches that the server really ran',
    numeric: true,
    cell: ({ batchFormedMean }) => batchFormedMean?.median.toFixed(1) ?? '',
  },
  { name: 'outcome', meaning: 'of the server', numeric: false, cell: ({ outcome }) => outcome ?? '' },
  { name: 'validity', meaning: 'of the measurement', numeric: false, cell: ({ validity }) => validity },
  {
    name: 'N',
    meaning: 'requests behind the percentiles, all repetitions together',
    numeric: true,
    cell: ({ requestLatency }) => String(requestLatency.samples),
  },
]

/** `server 4`, `client 8, multipart`, `hybrid 2 × 4, base64`, `none`. */
function batchingInShort({ batching }: PointSummary['point']): string {
  if (batching.batchSize === 1) return 'none'
  const size =
    batching.mode === 'hybrid'
      ? `${batching.framesPerRequest} × ${batching.serverBatchSize}`
      : String(batching.batchSize)
  const words = [`${batching.mode} ${size}`]
  if (batching.framesPerRequest > 1) words.push(batching.encoding)
  if (batching.maxBatchDelayMs !== undefined) words.push(`${batching.maxBatchDelayMs} ms`)
  return words.join(', ')
}
