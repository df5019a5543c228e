import type { RecommendedRun } from '../../capacity/recommend/recommended-run.js'
import type { WrittenFile } from '../csv/csv-file.js'
import { formatList } from '../format/format.js'

/** A run whose outputs were written. */
export interface WrittenRun extends RecommendedRun {
  /** The files with one row per request, frame, batch and second. */
  files: readonly WrittenFile[]
}

/** Rows of a sheet, header included (https://support.microsoft.com, Excel specifications and limits). */
const spreadsheetRows = 1_048_576

/** What a spreadsheet would cut from the files of a run, and what to do; undefined if it shows all of them. */
export function spreadsheetNote({ files }: Pick<WrittenRun, 'files'>): string | undefined {
  const cut = files.filter(({ name, rows }) => name.endsWith('.csv') && rows + 1 > spreadsheetRows)
  if (cut.length === 0) return undefined
  const sizes = cut.map(({ name, rows }) => `${name} has ${rows.toLocaleString('en')} rows`)
  const limit = `Excel opens only the first ${spreadsheetRows.toLocaleString('en')} rows of a file, the header included.`
  const remedy = cut.some(isOfSamples)
    ? ' Parquet files have no such limit: `framestorm report RUN --samples parquet`, or output.samples: parquet in the scenario.'
    : ''
  return `${formatList(sizes)}. ${limit}${remedy}`
}

/** What the report says about its files. */
export function filesNote(run: Pick<WrittenRun, 'files'>): string | undefined {
  if (run.files.some(isOfSamples)) return spreadsheetNote(run)
  return 'Requests and frames are in no file (output.samples: none). `framestorm report RUN --samples csv` writes them.'
}

function isOfSamples({ name }: WrittenFile): boolean {
  return /^(?:requests|frames)\./.test(name)
}
