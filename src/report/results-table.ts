import { percentileNames } from '../scenario/grammar/metric.js'
import { otherDifferences } from '../analysis/point-identity.js'
import type { PointSummary } from '../analysis/point-summary.js'
import { distinct, serverLabel, type RunAnalysis } from '../analysis/analyse-run.js'
import type { LoadSettings, PlannedPoint } from '../scenario/plan/plan.js'
import {
  formatProtocol,
  formatBatchingShort,
  formatFps,
  formatLoadShort,
  formatMs,
  formatPercent,
  formatSettings,
  formatSpread,
} from './format/format.js'
import { cellText, type ItemColumn, type Table, type TableCell } from './table/table.js'
import { describeLeftOut, formatLeftOutReason } from './left-out.js'

type ResultColumn = ItemColumn<PointSummary>
/** A column that a point without figures has, too. */
type SettingColumn = ItemColumn<Pick<PlannedRow, 'point'>>

interface PlannedRow {
  point: PlannedPoint
  reason: string
}

/** A table of results contains one kind of load, because figures of the two kinds are never compared. */
interface ResultsQuestion {
  analysis: Pick<RunAnalysis, 'points' | 'subjects' | 'plan' | 'leftOut'>
  kind: LoadSettings['kind']
}

/**
 * The results under one kind of load, one row per point, for HTML and Markdown; a point that was left out has its reason.
 * Columns that are empty for all measured points are left out. Undefined if there are no such points.
 */
export function resultsTable(
  label: string,
  question: ResultsQuestion,
  /** Points that are highlighted. */
  bold: ReadonlySet<number> = new Set(),
): Table | undefined {
  const { kind } = question
  const points = pointsUnder(question)
  const leftOut = leftOutUnder(question)
  if (points.length + leftOut.length === 0) return undefined
  const settings = otherDifferences([...points, ...leftOut].map(({ point }) => point))
  const others: SettingColumn = {
    header: 'settings',
    meaning: 'other settings in which the points differ',
    align: 'left',
    cell: ({ point }) => formatSettings(settings(point)),
  }
  const named = [...settingColumns, others].filter(({ cell }) =>
    [...points, ...leftOut].some((one) => cellText(cell(one)) !== ''),
  )
  const columns = [
    ...named,
    ...serverColumns(question.analysis),
    ...rateColumns,
    ...latencyColumns(kind),
    ...judgementColumns,
  ].filter(
    (column) =>
      named.some(({ header }) => header === column.header) ||
      (column.header === 'outcome' && leftOut.length > 0) ||
      points.some((point) => cellText(column.cell(point)) !== ''),
  )
  const rows = rowsById(points, leftOut, columns, named, ({ reason }) => `left out: ${reason}`)
  const highlighted = new Set(rows.flatMap(({ id }, i) => (bold.has(id) ? [i] : [])))
  return { label, columns, rows: rows.map(({ cells }) => cells), highlighted }
}

/** The rows in the order of points. A point that was left out has its settings, and its reason as its outcome. */
function rowsById(
  points: readonly PointSummary[],
  leftOut: readonly PlannedRow[],
  columns: readonly ResultColumn[],
  named: readonly SettingColumn[],
  outcomeOf: (row: PlannedRow) => string,
): { id: number; cells: TableCell[] }[] {
  const without = (row: PlannedRow) => (column: ResultColumn) =>
    column.header === 'outcome'
      ? { text: outcomeOf(row), look: 'bad' as const }
      : (named.find(({ header }) => header === column.header)?.cell(row) ?? '')
  return [
    ...points.map((point) => ({ id: point.point.id, cells: columns.map(({ cell }) => cell(point)) })),
    ...leftOut.map((row) => ({ id: row.point.id, cells: columns.map(without(row)) })),
  ].toSorted((a, b) => a.id - b.id)
}

/** Points under this kind of load that were left out before anything of them was measured. */
function leftOutUnder({ analysis, kind }: ResultsQuestion): PlannedRow[] {
  const measured = new Set(analysis.points.map(({ point }) => point.id))
  return describeLeftOut(analysis).flatMap(({ point, reason }) =>
    point.load.kind === kind && !measured.has(point.id)
      ? [{ point, reason: formatLeftOutReason(reason) }]
      : [],
  )
}

/** The same points in 80 columns, if they have one server. `wide` adds the ranges of the repetitions. */
export function narrowResultsTable(
  question: ResultsQuestion,
  { wide }: { wide: boolean },
): Table | undefined {
  const { kind } = question
  const points = pointsUnder(question)
  const leftOut = leftOutUnder(question)
  if (points.length + leftOut.length === 0) return undefined
  const latency = kind === 'closed' ? 'request' : 'frame'
  const [p50, ...deeper] = latencyColumns(kind)
  const named: SettingColumn[] = [
    { header: '#', align: 'right', cell: ({ point }) => String(point.id) },
    { header: 'mode', align: 'left', cell: modeCell },
    { header: 'batch', align: 'right', cell: ({ point }) => String(point.batching.batchSize) },
    { header: 'load', align: 'left', cell: ({ point }) => formatLoadShort(point.load) },
  ]
  const outcome = kind === 'cameras' || leftOut.length > 0 || points.some((one) => narrowOutcome(one) !== '')
  const columns: ResultColumn[] = [
    ...named,
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
    { header: outcome ? 'outcome' : '', align: 'left', cell: narrowOutcome },
  ]
  const rows = rowsById(points, leftOut, columns, named, () => 'left out')
  return { label: 'Results', columns, rows: rows.map(({ cells }) => cells) }
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
function modeCell({ point: { batching } }: Pick<PlannedRow, 'point'>): string {
  const short = { raw: '', base64: ' b64', multipart: ' mp' }
  const protocol = batching.protocol === undefined ? '' : ` ${formatProtocol(batching.protocol)}`
  return `${batching.batchSize === 1 ? 'none' : batching.mode}${short[batching.encoding]}${protocol}`
}

const settingColumns: SettingColumn[] = [
  { header: 'point', meaning: 'as in points.csv', align: 'right', cell: ({ point }) => String(point.id) },
  {
    header: 'batching',
    meaning: 'which side joins frames into a batch, and how many; protocol, encoding and maxBatchDelay',
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
