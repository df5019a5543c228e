import { mkdir, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { writeSimulatedRun } from '../../analysis/simulated-run-folder.test.support.js'
import { cameraLoad, closedLoad, pointOf } from '../../analysis/simulated-run.test.support.js'
import type { TypedColumn } from '../csv/csv-file.js'
import { framesColumns, requestsColumns } from '../csv/sample-columns.js'
import { openRunOutputs } from '../write-run-outputs.js'
import { createParquet } from './parquet-file.js'
import { openSampleFiles } from './sample-files.js'
import { difficultRun } from './difficult-run.test.support.js'
import { spreadsheetNote } from './written-run.js'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'framestorm-samples-'))
})

afterEach(() => rm(folder, { recursive: true }))

async function csvRows(name: string): Promise<Record<string, string>[]> {
  return parse(await readFile(join(folder, name)), { columns: true })
}

async function parquetRows(name: string): Promise<Record<string, unknown>[]> {
  return parquetReadObjects({ file: await asyncBufferFromFile(join(folder, name)) })
}

/** The cell of a Parquet file that a cell of a CSV file stands for. */
function fromCsv(text: string, type: TypedColumn<never>['type']): unknown {
  if (text === '') return null
  return type === 'uint32' || type === 'double' ? Number(text) : text
}

test.each([
  ['requests', requestsColumns, [null, 0xffff_ffff, 'timeout']],
  ['frames', framesColumns, [null, 'dropped']],
])(
  'each cell of %s.parquet is that of the CSV file, and null if that is empty',
  async (name, columns, rare) => {
    for (const format of ['csv', 'parquet'] as const) {
      const files = await openSampleFiles(folder, format)
      for (const input of difficultRun()) await files.write(input)
      await files.end()
      // The files of the other format would be removed by the next report.
      if (format === 'csv')
        await writeFile(join(folder, 'kept.csv'), await readFile(join(folder, `${name}.csv`)))
    }
    const expected = (await csvRows('kept.csv')).map((row) =>
      Object.fromEntries(columns.map(({ name, type }) => [name, fromCsv(row[name]!, type)])),
    )
    expect(await parquetRows(`${name}.parquet`)).toEqual(expected)
    // What is compared has absent cells, and cells of every kind.
    const cells = expected.flatMap((row) => Object.values(row))
    expect(new Set(cells.map((cell) => typeof cell))).toEqual(new Set(['number', 'string', 'object']))
    for (const cell of rare) expect(cells).toContain(cell)
  },
)

test('columns have the types that docs/columns.md names', async () => {
  const files = await openSampleFiles(folder, 'parquet')
  for (const input of difficultRun()) await files.write(input)
  await files.end()
  const { schema } = await parquetMetadataAsync(await asyncBufferFromFile(join(folder, 'requests.parquet')))
  const typeOf = { uint32: 'UINT_32', double: 'DOUBLE', string: 'UTF8', uuid: 'UUID' }
  expect(
    schema
      .slice(1)
      .map(({ name, type, converted_type: converted, logical_type: logical }) => [
        name,
        logical?.type ?? converted ?? type,
      ]),
  ).toEqual(requestsColumns.map(({ name, type }) => [name, typeOf[type]]))
})

test('a run without requests has a file with columns and no rows', async () => {
  await (await openSampleFiles(folder, 'parquet')).end()
  expect(await parquetRows('requests.parquet')).toEqual([])
  const { schema } = await parquetMetadataAsync(await asyncBufferFromFile(join(folder, 'requests.parquet')))
  expect(schema.slice(1).map(({ name }) => name)).toEqual(requestsColumns.map(({ name }) => name))
  expect(await readdir(folder)).toEqual(['requests.parquet'])
})

test('a file of several row groups has all of its rows, in order', async () => {
  const rows = 250_001
  const columns: TypedColumn<number>[] = [
    { name: 'row', meaning: '', type: 'uint32', cell: (row) => row },
    { name: 'seventh', meaning: '', type: 'double', cell: (row) => (row % 7 === 0 ? row / 7 : undefined) },
    { name: 'never', meaning: '', type: 'double', cell: () => undefined },
    { name: 'parity', meaning: '', type: 'string', cell: (row) => (row % 2 === 0 ? 'even' : 'odd') },
    { name: 'silent', meaning: '', type: 'string', cell: () => undefined },
    { name: 'id', meaning: '', type: 'uuid', cell: () => undefined, copyTo: () => false },
  ]
  const file = createParquet(join(folder, 'rows.parquet'), columns)
  for (let row = 0; row < rows; row++) await file.write(row)
  expect(await file.end()).toEqual({ name: 'rows.parquet', rows })
  const read = await parquetRows('rows.parquet')
  expect(read).toHaveLength(rows)
  const wrong = read.findIndex(
    (cells, row) =>
      cells['row'] !== row ||
      cells['seventh'] !== (row % 7 === 0 ? row / 7 : null) ||
      cells['parity'] !== (row % 2 === 0 ? 'even' : 'odd') ||
      [cells['never'], cells['silent'], cells['id']].some((cell) => cell !== null),
  )
  expect(wrong).toBe(-1)
  const { row_groups: groups } = await parquetMetadataAsync(
    await asyncBufferFromFile(join(folder, 'rows.parquet')),
  )
  expect(groups.map(({ num_rows: count }) => count)).toEqual([100_000n, 100_000n, 50_001n])
})

const measure = { warmupMaxS: 1, durationS: 2, repetitions: 1, deadlineMs: 5000 }
const points = [
  pointOf(1, 'server', 4, closedLoad(16), { measure }),
  pointOf(2, 'client', 4, cameraLoad(4), { measure }),
]

async function sampleFiles(): Promise<string[]> {
  return (await readdir(folder)).filter((name) => /^(requests|frames|batches)/.test(name)).toSorted()
}

test('a report has the format of the scenario or the one that is asked for, and removes the files of the one before', async () => {
  await writeSimulatedRun(folder, points, 1, (manifest) => ({
    ...manifest,
    scenario: { ...manifest.scenario, output: { samples: 'parquet' } },
  }))
  const { files } = await openRunOutputs(folder).end()
  expect(await sampleFiles()).toEqual(['batches.csv', 'frames.parquet', 'requests.parquet'])
  expect(files.map(({ name }) => name)).toEqual(['requests.parquet', 'frames.parquet', 'batches.csv'])
  expect(await parquetRows('requests.parquet')).toHaveLength(files[0]!.rows)

  await openRunOutputs(folder, { samples: 'csv' }).end()
  expect(await sampleFiles()).toEqual(['batches.csv', 'frames.csv', 'requests.csv'])
  expect(await csvRows('requests.csv')).toHaveLength(files[0]!.rows)

  await openRunOutputs(folder, { samples: 'none' }).end()
  expect(await sampleFiles()).toEqual(['batches.csv'])
  const page = await readFile(join(folder, 'report.html'), 'utf8')
  expect(page).toContain('Requests and frames are in no file')
  expect(page).not.toContain('requests.csv')
})

test('a run that does not say has CSV files', async () => {
  await writeSimulatedRun(folder, points, 1)
  await openRunOutputs(folder).end()
  expect(await sampleFiles()).toEqual(['batches.csv', 'frames.csv', 'requests.csv'])
})

test('samples that a crash cut short are written as far as they go', async () => {
  await writeSimulatedRun(folder, points, 1)
  await truncate(join(folder, 'samples/point-1-repetition-1.bin'), 4001)
  await openRunOutputs(folder).end()
  const rows = await csvRows('requests.csv')
  await openRunOutputs(folder, { samples: 'parquet' }).end()
  expect(await parquetRows('requests.parquet')).toHaveLength(rows.length)
})

test.skipIf(process.platform !== 'linux').each(['csv', 'parquet'] as const)(
  'a full disk is an error, after which no unfinished %s file fills it',
  async (samples) => {
    await writeSimulatedRun(folder, points, 1)
    await symlink('/dev/full', join(folder, `requests.${samples}.unfinished`))
    await expect(openRunOutputs(folder, { samples }).end()).rejects.toMatchObject({ code: 'ENOSPC' })
    expect((await readdir(folder)).filter((name) => name.includes('.unfinished'))).toEqual([])
  },
)

test('a folder in which no file can be made is an error', async () => {
  await mkdir(join(folder, 'requests.parquet.unfinished'))
  await expect(openSampleFiles(folder, 'parquet')).rejects.toThrow('EISDIR')
})

test('CSV files that a spreadsheet would cut are named once, with what to do', () => {
  const fits = { name: 'requests.csv', rows: 1_048_575 }
  expect(spreadsheetNote({ files: [fits] })).toBeUndefined()
  expect(spreadsheetNote({ files: [{ name: 'requests.parquet', rows: 1e8 }] })).toBeUndefined()
  expect(
    spreadsheetNote({
      files: [
        { name: 'requests.csv', rows: 1_048_576 },
        { name: 'frames.csv', rows: 2_400_000 },
      ],
    }),
  ).toBe(
    'requests.csv has 1,048,576 rows and frames.csv has 2,400,000 rows. Excel opens only the first 1,048,576 rows of ' +
      'a file, the header included. Parquet files have no such limit: `framestorm report RUN --samples parquet`, or ' +
      'output.samples: parquet in the scenario.',
  )
  const batches = spreadsheetNote({ files: [fits, { name: 'batches.csv', rows: 2e6 }] })
  expect(batches).toContain('batches.csv has 2,000,000 rows.')
  expect(batches).not.toContain('Parquet')
})
