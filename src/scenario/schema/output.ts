import * as z from 'zod'
import { defaulted, fixed, section } from './section.js'

export const sampleFormats = ['csv', 'parquet', 'none'] as const
export type SampleFormat = (typeof sampleFormats)[number]

export const output = section('output', 'The files that a run writes beside its report.', {
  samples: defaulted(
    fixed(z.enum(sampleFormats)),
    'csv',
    'The files with one row per request and one row per frame: `csv`, `parquet`, which is smaller and has no limit of rows, or `none`.',
  ),
})

export type OutputSettings = z.infer<typeof output.point>
