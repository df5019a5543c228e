import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, onTestFinished, test } from 'vitest'
import { cacheFolder } from '../../system/cache-folder.js'
import { findPython } from '../../system/python-env/find-python.js'
import { makeVenv, venvPython } from '../../system/python-env/make-venv.js'
import { pipInstall } from '../../system/python-env/pip-install.js'
import { messageOf } from '../../system/user-error.js'
import { framesColumns, requestsColumns } from '../csv/sample-columns.js'
import { difficultRun } from './difficult-run.test.support.js'
import { openSampleFiles } from './sample-files.js'

const duckdb = 'duckdb==2.0.1'

/** The Python of an environment with DuckDB, made once for all checkouts. @throws if it cannot be made */
async function pythonWithDuckDb(): Promise<string> {
  const venv = join(cacheFolder(), 'tests', duckdb.replace('==', '-'))
  const python = venvPython(venv)
  const imports = await execa(python, ['-c', 'import duckdb'], { reject: false })
  if (imports.failed) {
    const alternative = 'This test is skipped without it.'
    const need = { versions: '>=3.10', wanted: 'Python 3.10 or newer', purpose: 'DuckDB', alternative }
    await rm(venv, { recursive: true, force: true })
    // Without a network pip would try for minutes.
    const signal = AbortSignal.timeout(120_000)
    await makeVenv(await findPython(need), venv, { signal })
    const args = ['--only-binary', ':all:', '--retries', '1', '--timeout', '10', duckdb]
    await pipInstall({ venv, args, alternative, signal })
  }
  return python
}

/** Rows that are only in one of two files of the same rows, and the types that DuckDB reads from the Parquet file. */
const program = `
import duckdb, json, sys
result = {}
for name in ('requests', 'frames'):
    parquet, csv = (f"'{sys.argv[1]}/{format}/{name}.{format}'" for format in ('parquet', 'csv'))
    types = {row[0]: row[1] for row in duckdb.sql(f'DESCRIBE FROM {parquet}').fetchall()}
    csv = f"read_csv({csv}, header = true, nullstr = '', columns = {types})"
    one, other = f'(FROM {parquet})', f'(FROM {csv})'
    count = lambda rows: duckdb.sql(f'SELECT count(*) FROM ({rows})').fetchall()[0][0]
    result[name] = {
        'types': types,
        'rows': count(one),
        'differing': count(f'{one} EXCEPT ALL {other}') + count(f'{other} EXCEPT ALL {one}'),
    }
print(json.dumps(result))
`

const types = { uint32: 'UINTEGER', double: 'DOUBLE', string: 'VARCHAR', uuid: 'UUID' }

test(
  'DuckDB reads the same cells from Parquet as from CSV, with the types of docs/columns.md',
  { timeout: 240_000 },
  async (context) => {
    const python = await pythonWithDuckDb().catch((error: unknown) => new Error(messageOf(error)))
    if (python instanceof Error) return context.skip(`DuckDB cannot be installed: ${python.message}`)
    const folder = await mkdtemp(join(tmpdir(), 'framestorm-duckdb-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    // A file of the other format in the same folder would be removed.
    const rows: Record<string, number> = {}
    for (const format of ['parquet', 'csv'] as const) {
      await mkdir(join(folder, format))
      const files = await openSampleFiles(join(folder, format), format)
      for (const input of difficultRun()) await files.write(input)
      for (const { name, rows: count } of await files.end()) rows[name] = count
    }
    const { stdout } = await execa(python, ['-c', program, folder])
    expect(JSON.parse(stdout)).toEqual(
      Object.fromEntries(
        Object.entries({ requests: requestsColumns, frames: framesColumns }).map(([name, columns]) => [
          name,
          {
            types: Object.fromEntries(columns.map(({ name, type }) => [name, types[type]])),
            rows: rows[`${name}.csv`],
            differing: 0,
          },
        ]),
      ),
    )
  },
)
