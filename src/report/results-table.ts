import type { PointSummary } from '../statistics/point-summary.js'
import { msInWords, shareInWords, spreadInWords } from './figures-in-words.js'

/** The results as a reader sees them, in HTML, Markdown and on the terminal: one row a point. */
export interface ResultColumn {
  name: string
  /** For tooltips and the docs. */
  meaning: string
  numeric: boolean
  cell: (point: PointSummary) => string
}

const cameraOnly = (text: string) => `${text} (camera load)`

/** The columns that say something about these points; those that would be empty are left out. */
export function resultColumns(points: PointSummary[]): ResultColumn[] {
  return allColumns.filter(({ cell }) => points.some((point) => cell(point) !== ''))
}

const allColumns: ResultColumn[] = [
  { name: 'point', meaning: 'as in points.csv', numeric: true, cell: ({ point }) => String(point.id) },
  {
    name: 'mode',
    meaning: 'who joins frames into a batch',
    numeric: false,
    cell: ({ point: { batching } }) => (batching.batchSize === 1 ? 'none' : batching.mode),
  },
  {
    name: 'batch',
    meaning: 'frames that one inference is asked to hold',
    numeric: true,
    cell: ({ point: { batching } }) => String(batching.batchSize),
  },
  {
    name: 'encoding',
    meaning: 'how frames travel',
    numeric: false,
    cell: ({ point: { batching } }) => batching.encoding,
  },
  {
    name: 'delay',
    meaning: 'maxBatchDelay, ms',
    numeric: true,
    cell: ({ point: { batching } }) =>
      batching.maxBatchDelayMs === undefined ? '' : String(batching.maxBatchDelayMs),
  },
  {
    name: 'load',
    meaning: 'frames in flight, or cameras × their frames a second',
    numeric: false,
    cell: ({ point: { load } }) =>
      load.kind === 'closed' ? `${load.framesInFlight} in flight` : `${load.cameras} × ${load.fps} fps`,
  },
  {
    name: 'FPS',
    meaning: 'frames answered a second: median and range of the repetitions',
    numeric: true,
    cell: ({ fps }) => spreadInWords(fps),
  },
  {
    name: 'goodput',
    meaning: 'those answered correctly within the SLO, a second',
    numeric: true,
    cell: ({ goodputFps }) => spreadInWords(goodputFps),
  },
  {
    name: 'request p50',
    meaning: 'request latency, ms',
    numeric: true,
    cell: ({ requestLatency }) => msInWords(requestLatency.p50?.value),
  },
  {
    name: 'request p99',
    meaning: 'request latency, ms',
    numeric: true,
    cell: ({ requestLatency }) => msInWords(requestLatency.p99?.value),
  },
  {
    name: 'frame p50',
    meaning: cameraOnly('frame latency, ms'),
    numeric: true,
    cell: ({ frameLatency }) => msInWords(frameLatency?.p50?.value),
  },
  {
    name: 'frame p95',
    meaning: cameraOnly('frame latency, ms'),
    numeric: true,
    cell: ({ frameLatency }) => msInWords(frameLatency?.p95?.value),
  },
  {
    name: 'frame p99',
    meaning: cameraOnly('frame latency, ms'),
    numeric: true,
    cell: ({ frameLatency }) => msInWords(frameLatency?.p99?.value),
  },
  {
    name: 'in SLO',
    meaning: cameraOnly('frames scheduled that were answered correctly within the SLO'),
    numeric: true,
    cell: ({ sloAttainment }) => shareInWords(sloAttainment?.median),
  },
  {
    name: 'formed',
    meaning: 'mean frames in the batches that the server really ran',
    numeric: true,
    cell: ({ batchFormedMean }) => batchFormedMean?.median.toFixed(1) ?? '',
  },
  {
    name: 'outcome',
    meaning: cameraOnly('of the server'),
    numeric: false,
    cell: ({ outcome }) => outcome ?? '',
  },
  { name: 'validity', meaning: 'of the measurement', numeric: false, cell: ({ validity }) => validity },
  {
    name: 'N',
    meaning: 'requests behind the percentiles, all repetitions together',
    numeric: true,
    cell: ({ requestLatency }) => String(requestLatency.samples),
  },
]
