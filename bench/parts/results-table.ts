import Table from 'cli-table3'
import type { BenchRow } from './bench-row.js'

export const verdictOf = ({ reached }: BenchRow) =>
  reached === undefined ? 'not measured' : reached ? 'reached' : 'NOT REACHED'

/** The table for the terminal. */
export function resultsTable(rows: readonly BenchRow[]): string {
  const table = new Table({
    head: ['what', 'must reach', 'measured', ''],
    colWidths: [44, 26, 44, 14],
    wordWrap: true,
    style: { head: [], border: [] },
  })
  for (const row of rows) table.push([row.what, row.mustReach, row.measured, verdictOf(row)])
  return table.toString()
}
