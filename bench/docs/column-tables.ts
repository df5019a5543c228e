import { batchesColumns } from '../../src/report/csv/batches-columns.js'
import type { Column, TypedColumn } from '../../src/report/csv/csv-file.js'
import { framesColumns, requestsColumns } from '../../src/report/csv/sample-columns.js'
import { failuresColumns } from '../../src/report/csv/failures-columns.js'
import { machineColumns } from '../../src/report/csv/machine-columns.js'
import { pointsColumns } from '../../src/report/csv/points-columns.js'

const files: Record<
  string,
  readonly (Pick<Column<never>, 'name' | 'meaning'> & Partial<Pick<TypedColumn<never>, 'type'>>)[]
> = {
  'points.csv': pointsColumns,
  'requests.csv': requestsColumns,
  'frames.csv': framesColumns,
  'batches.csv': batchesColumns,
  'machine.csv': machineColumns,
  'failures.csv': failuresColumns,
}

export const columnFiles = Object.keys(files)

/**
 * A Markdown text in which each pair of comments `<!-- columns: FILE -->` … `<!-- end -->` encloses the table of the
 * columns of that CSV file; the rest stays as it is.
 */
export function withColumnTables(markdown: string): string {
  return markdown.replaceAll(
    /(<!-- columns: (\S+) -->\n)[^]*?(<!-- end -->)/g,
    (_, begin: string, file: string, end: string) => `${begin}\n${columnTable(file)}\n${end}`,
  )
}

function columnTable(file: string): string {
  const columns = files[file]
  if (columns === undefined) throw new Error(`docs/columns.md names a file without columns: ${file}`)
  // Only files that may be Parquet have types.
  const hasTypes = columns.some(({ type }) => type !== undefined)
  const rows = columns.map(
    ({ name, type, meaning }) => `| \`${name}\` | ${hasTypes ? `${type} | ` : ''}${meaning} |\n`,
  )
  const header = hasTypes
    ? '| column | type | meaning |\n| --- | --- | --- |\n'
    : '| column | meaning |\n| --- | --- |\n'
  return header + rows.join('')
}
