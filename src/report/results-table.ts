import { percentileNames } from '../scenario/grammar/metric.js'
import { otherDifferences } from '../analysis/point-identity.js'
import type { PointSummary } from '../analysis/point-summary.js'
import { distinct, serverLabel, type RunAnalysis } from '../analysis/analyse-run.js'
import type { LoadSettings } from '../scenario/plan/plan.js'
import {
  formatBatchingShort,
  formatFps,
  formatLoadShort,
  formatMs,
  formatPercent,
  formatSettings,
  formatSpread,
} from './format/format.js'
import { cellText, tableOfItems, type ItemColumn, type Table } from './table/table.js'

type ResultColumn = ItemColumn<PointSummary>

/** A table of results contains one kind of load, because figures of the two kinds are never compared. */
interface ResultsQuestion {
  analysis: Pick<RunAnalysis, 'points' | 'subjects'>
  kind: LoadSettings['kind']
}

/**
 * The results under one kind of load, one row per point, for HTML and Markdown. Columns that are empty for all of these
 * points are left out. Undefined if there are no such points.
 */
export function resultsTable(
  label: string,
  question: ResultsQuestion,
  /** Points that are highlighted. */
  named: ReadonlySet<number> = new Set(),
): Table | undefined {
  const { kind } = question
  const points = pointsUnder(question)
  if (points.length === 0) return undefined
  const settings = otherDifferences(points.map(({ point }) => point))
  const others: ResultColumn = {
    header: 'settings',
    meaning: 'other settings in which the points differ',
    align: 'left',
    cell: ({ point }) => formatSettings(settings(point)),
  }
  const columns = [
    ...settingColumns,
    ...serverColumns(question.analysis),
    others,
    ...rateColumns,
    ...latencyColumns(kind),
    ...judgementColumns,
  ].filter(({ cell }) => points.some((point) => cellText(cell(point)) !== ''))
  const highlighted = new Set(points.flatMap(({ point }, i) => (named.has(point.id) ? [i] : [])))
  return { ...tableOfItems(label, columns, points), highlighted }
}

/** The same points in 80 columns, if they have one server. `wide` adds the ranges of the repetitions. */
export function narrowResultsTable(
  question: ResultsQuestion,
  { wide }: { wide: boolean },
): Table | undefined {
  const { kind } = question
  const points = pointsUnder(question)
  if (points.length === 0) return undefined
  const latency = kind === 'closed' ? 'request' : 'frame'
  const [p50, ...deeper] = latencyColumns(kind)
  return tableOfItems(
    'Results',
    [
      { header: '#', align: 'right', cell: ({ point }) => String(point.id) },
      { header: 'mode', align: 'left', cell: modeCell },
      { header: 'batch', align: 'right', cell: ({ point }) => String(point.batching.batchSize) },
      { header: 'load', align: 'left', cell: ({ point }) => formatLoadShort(point.load) },
      ...serverColumns(question.analysis),
      ...(wide && kind === 'cameras' ? [offeredColumn] : []),
      {
        header: 'FPS',
        align: 'right',
        cell: ({ fps }) => (wide ? formatSpread(fps) : formatFps(fps?.median)),
      },
      { ...p50!, header: `${latency} p50` },
      ...deeper.map((column, i) =>
        i === deeper.length - 1 ? { ...column, header: `${column.header} ms` } : column,
      ),
      {
        header: kind === 'cameras' || points.some((one) => narrowOutcome(one) !== '') ? 'outcome' : '',
        align: 'left',
        cell: narrowOutcome,
      },
    ],
    points,
  )
}

function narrowOutcome({ validity, outcome }: PointSummary): string {
  return validity === 'INVALID' ? 'INVALID' : (outcome ?? '')
}

function pointsUnder({ analysis, kind }: ResultsQuestion): PointSummary[] {
  return analysis.points.filter(({ point }) => point.load.kind === kind)
}

/** Which server each point was measured on, if the run has several. */
function serverColumns({ subjects }: Pick<RunAnalysis, 'subjects'>): ResultColumn[] {
  if (distinct(subjects.map(({ server }) => server?.label)).length < 2) return []
  return [
    {
      header: 'server',
      meaning: 'the server that the point was measured on',
      align: 'left',
      cell: (point) => serverLabel([point]),
    },
  ]
}

/** `server`, `client b64`, `none` */
function modeCell({ point: { batching } }: PointSummary): string {
  const short = { raw: '', base64: ' b64', multipart: ' mp' }
  return `${batching.batchSize === 1 ? 'none' : batching.mode}${short[batching.encoding]}`
}

const settingColumns: ResultColumn[] = [
  { header: 'point', meaning: 'as in points.csv', align: 'right', cell: ({ point }) => String(point.id) },
  {
    header: 'batching',
    meaning: 'which side joins frames into a batch, and how many; encoding and maxBatchDelay',
    align: 'left',
    cell: ({ point }) => ({
      text: formatBatchingShort(point),
      look: `mode-${point.batching.batchSize === 1 ? 'none' : point.batching.mode}`,
    }),
  },
  {
    header: 'load',
    meaning: 'frames in flight, or cameras × frames per second of each',
    align: 'left',
    cell: ({ point }) => formatLoadShort(point.load),
  },
]

/** Beside FPS: a short window may answer more frames than it captures. */
const offeredColumn: ResultColumn = {
  header: 'offered',
  meaning: 'frames captured per second, all cameras together',
  align: 'right',
  cell: ({ offeredFps }) => formatFps(offeredFps),
}

const rateColumns: ResultColumn[] = [
  offeredColumn,
  {
    header: 'FPS',
    meaning: 'frames answered per second: median and range of the repetitions',
    align: 'right',
    cell: ({ fps }) => formatSpread(fps),
  },
  {
    header: 'goodput',
    meaning: 'frames answered correctly within the SLO per second: median of the repetitions',
    align: 'right',
    cell: ({ goodputFps }) => formatFps(goodputFps?.median),
  },
]

/** Request latency under closed load, frame latency under camera load. */
function latencyColumns(kind: 'closed' | 'cameras'): ResultColumn[] {
  return percentileNames.map((name) => ({
    header: name,
    meaning: `${kind === 'closed' ? 'request' : 'frame'} latency ${name}, ms`,
    align: 'right',
    cell: ({ requestLatency, frameLatency }) =>
      formatMs((kind === 'closed' ? requestLatency : frameLatency)?.[name]?.value),
  }))
}

const judgementColumns: ResultColumn[] = [
  {
    header: 'in SLO',
    meaning: 'share of the scheduled frames that were answered correctly within the SLO',
    align: 'right',
    cell: ({ sloAttainment }) => formatPercent(sloAttainment?.median),
  },
  {
    header: 'formed',
    meaning: 'mean frames in the batches that the server ran',
    align: 'right',
    cell: ({ batchFormedMean }) => batchFormedMean?.median.toFixed(1) ?? '',
  },
  {
    header: 'outcome',
    meaning: 'result of the server',
    align: 'left',
    cell: ({ outcome }) => ({ text: outcome ?? '', look: outcome === 'within-slo' ? 'good' : 'bad' }),
  },
  {
    header: 'validity',
    meaning: 'whether the measurement can be trusted',
    align: 'left',
    cell: ({ validity }) => ({ text: validity, look: validity === 'VALID' ? 'good' : 'bad' }),
  },
  {
    header: 'N',
    meaning: 'requests behind the percentiles, all repetitions pooled',
    align: 'right',
    cell: ({ requestLatency }) => String(requestLatency.samples),
  },
]
