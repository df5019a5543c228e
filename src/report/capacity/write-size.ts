import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import type { Column } from '../csv/column.js'
import { createCsv } from '../csv/write-csv.js'
import type { SizePlan } from '../../capacity/size/size-run.js'
import { type SizeFigure, sizeFigures } from './size-figures.js'
import { sizeHtml } from './size-html.js'

export const sizeColumns: Column<SizeFigure>[] = [
  { name: 'setting', meaning: 'The setting that the figure is of.', cell: ({ setting }) => setting },
  { name: 'quantity', meaning: 'What the figure is.', cell: ({ quantity }) => quantity },
  { name: 'value', meaning: 'The figure.', cell: ({ value }) => value },
  { name: 'unit', meaning: 'Its unit.', cell: ({ unit }) => unit },
  {
    name: 'basis',
    meaning: 'Where it comes from: measured, interpolated or simulated.',
    cell: ({ basis }) => basis,
  },
]

/** Writes size.csv, size.json and size.html into the folder. */
export async function writeSize(plan: SizePlan, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  const csv = createCsv(join(folder, 'size.csv'), sizeColumns)
  for (const figure of sizeFigures(plan)) await csv.write(figure)
  await csv.end()
  await writeFileAtomic(join(folder, 'size.json'), `${JSON.stringify(plan, undefined, 2)}\n`)
  await writeFileAtomic(join(folder, 'size.html'), await sizeHtml(plan))
}
