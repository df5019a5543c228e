import { failuresOfPoints, type PointsFailure } from '../analysis/failures.js'
import type { PointSummary } from '../analysis/point-summary.js'
import { formatPercent } from './format/format.js'
import { renderTerminalTable, wrapText } from './table/terminal-table.js'
import { tableOfItems, type ItemColumn, type Table } from './table/table.js'

/** Rows that are shown; all are in failures.csv. */
const mostShown = { page: 12, terminal: 3 }

/** What failed at the points of a run, one row per cause. Undefined if nothing failed. */
export function failuresTable(points: readonly PointSummary[]): { table: Table; more: string } | undefined {
  const failures = failuresOfPoints(points)
  if (failures.length === 0) return undefined
  const shown = failures.slice(0, mostShown.page)
  return {
    table: tableOfItems('Failures', [...causeColumns, ...textColumns], shown),
    more: formatMore(failures.length - shown.length),
  }
}

/**
 * The same for the terminal: each cause on a line, and below it what the server said, what it means and what to do. No
 * lines if nothing failed.
 */
export function failureLines(points: readonly PointSummary[], columns: number): string[] {
  const failures = failuresOfPoints(points)
  if (failures.length === 0) return []
  const shown = failures.slice(0, mostShown.terminal)
  const table = renderTerminalTable(tableOfItems('Failures', causeColumns, shown))
  const [header, ...rows] = table.split('\n')
  return [
    header!,
    ...shown.flatMap((failure, i) => [
      rows[i]!,
      ...[formatMessage(failure), `${failure.meaning} ${failure.remedy}`.trim()]
        .filter((text) => text !== '')
        .map((text) => wrapText(text, { columns, indent: 2 })),
    ]),
    ...(failures.length > shown.length ? [formatMore(failures.length - shown.length)] : []),
  ]
}

function formatMessage({ message }: PointsFailure): string {
  return message ?? 'other messages'
}

function formatMore(more: number): string {
  return more > 0 ? `… and ${more} more in failures.csv` : 'All are in failures.csv.'
}

const mostPoints = 4

const causeColumns: ItemColumn<PointsFailure>[] = [
  {
    header: 'failed at',
    meaning: 'points, as in points.csv',
    align: 'left',
    cell: ({ points }) =>
      points.length <= mostPoints
        ? points.join(', ')
        : `${points.slice(0, mostPoints - 1).join(', ')} and ${points.length - mostPoints + 1} more`,
  },
  { header: 'frames', align: 'right', cell: ({ frames }) => String(frames) },
  {
    header: 'share',
    meaning: 'share of the frames scheduled at these points',
    align: 'right',
    cell: ({ share }) => formatPercent(share),
  },
  {
    header: 'status',
    meaning: 'status of HTTP (of gRPC if it is below 17), or why there is none',
    align: 'left',
    cell: ({ status, outcome }) => (status === undefined ? outcome : String(status)),
  },
]

const textColumns: ItemColumn<PointsFailure>[] = [
  {
    header: 'message',
    meaning: 'what the server said, shortened',
    align: 'left',
    prose: true,
    cell: formatMessage,
  },
  { header: 'meaning', align: 'left', prose: true, cell: ({ meaning }) => meaning },
  { header: 'what to do', align: 'left', prose: true, cell: ({ remedy }) => remedy },
]
