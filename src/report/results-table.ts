import { otherDifferences } from '../analysis/point-identity.js'
import type { PointSummary } from '../analysis/point-summary.js'
import type { RunAnalysis } from '../analysis/analyse-run.js'
import type { LoadSettings } from '../scenario/plan/plan.js'
import { formatFps, formatLoadShort, formatSettings, formatSpread } from './format/format.js'
import {
  formatId,
  judgementColumns,
  latencyColumns,
  modeCell,
  offeredColumn,
  rateColumns,
  serverColumns,
  settingColumns,
  type PlannedRow,
  type ResultColumn,
  type SettingColumn,
} from './results-columns.js'
import { cellText, type Table, type TableCell } from './table/table.js'
import { describeLeftOut, formatLeftOutReason } from './left-out.js'

/** A table of results contains one kind of load, because figures of the two kinds are never compared. */
interface ResultsQuestion {
  analysis: Pick<RunAnalysis, 'points' | 'confirming' | 'subjects' | 'plan' | 'leftOut'>
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
    { header: '#', align: 'right', cell: ({ point }) => formatId(point) },
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

/** The runs that confirm the recommendation come last. */
function pointsUnder({ analysis, kind }: ResultsQuestion): PointSummary[] {
  const confirming = analysis.confirming.map(({ summary }) => summary)
  return [...analysis.points, ...confirming].filter(({ point }) => point.load.kind === kind)
}

/** What the mark of a confirming run means; undefined if the table has none. */
export function confirmingLegend({ analysis, kind }: ResultsQuestion): string | undefined {
  return kind === 'cameras' && analysis.confirming.length > 0
    ? '* Confirming run: the recommended setting, measured after the plan.'
    : undefined
}
