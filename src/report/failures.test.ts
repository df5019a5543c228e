import { mkdtemp, readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { expect, test } from 'vitest'
import { analyseSimulated } from '../analysis/analyse-simulated.test.support.js'
import type { RunAnalysis } from '../analysis/analyse-run.js'
import { closedLoad, pointOf } from '../analysis/simulated-run.test.support.js'
import { Outcome, Phase } from '../run/record.js'
import type { Failure } from '../run/failures.js'
import { writeFailuresCsv } from './csv/failures-columns.js'
import { reportHtml } from './html/report-page.js'
import { summaryJson } from './summary-json.js'
import { summaryMarkdown } from './summary-markdown.js'
import { formatTerminalSummary } from './terminal-summary.js'

const noWorker = 'ServiceUnavailableException: Model "m" has no worker to serve inference request.'
const evil = '=cmd|calc <img src=x onerror=alert(1)> | `code` InternalServerException'

/** Half of the requests fail: one in eight met a full queue, one in four an evil text, the rest a number of others. */
async function analysed(): Promise<RunAnalysis> {
  const points = [pointOf(1, 'server', 4, closedLoad(16)), pointOf(2, 'client', 4, closedLoad(16))]
  return analyseSimulated(points, 2, ({ record, samples: { requests } }) => {
    let failed = 0
    for (let row = 0; row < requests.count; row += 2) {
      requests.outcome[row] = Outcome['http-error']
      if (requests.phase[row] === Phase.measured) failed += requests.frames[row]!
    }
    const eighth = Math.floor(failed / 4)
    const part = (frames: number, cause: Partial<Failure>): Failure => ({
      outcome: 'http-error',
      status: 503,
      requests: frames,
      frames,
      ...cause,
    })
    record.failures = [
      part(failed - 2 * eighth, { message: evil }),
      part(eighth, { message: noWorker }),
      part(eighth - 3, { status: undefined, message: undefined }),
      part(2, { status: 500, message: 'Worker died.' }),
      part(1, { outcome: 'timeout', status: undefined, message: 'no answer within 5000 ms' }),
    ]
  })
}

test('failures.csv has each cause with its count, and no cell is a formula', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'failures-csv-'))
  const analysis = await analysed()
  await writeFailuresCsv(folder, analysis)
  const rows = parse<Record<string, string>>(await readFile(join(folder, 'failures.csv')), { columns: true })
  expect(rows).toHaveLength(4 * 5)
  expect(rows[0]).toMatchObject({ point: '1', repetition: '1', status: '503', message: `'${evil}` })
  expect(rows[1]).toMatchObject({ kind: 'queue-full', message: noWorker })
  expect(rows.find(({ kind }) => kind === 'others')).toMatchObject({ status: '', message: '' })
  await writeFailuresCsv(folder, { measurements: [] })
  expect(await readdir(folder)).toEqual([])
})

test('the terminal shows the causes of most frames in 80 columns, with meaning and remedy, and counts the rest', async () => {
  const text = formatTerminalSummary(await analysed())
  expect(text).toContain('The queue of the model was full')
  expect(text).toContain('… and 2 more in failures.csv')
  expect(text.replaceAll(/\s+/g, ' ')).toContain(noWorker)
  expect(text).not.toMatch(/frames failed:/)
  expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80)
})

test('no text of a server becomes markup in the report or in summary.md', async () => {
  const analysis = await analysed()
  const page = await reportHtml({ ...analysis, files: [] })
  expect(page).toContain('<h2 id="failures">What failed?</h2>')
  expect(page).toContain('Points 1, 2 failed and are not compared in these plots.')
  expect(page).not.toContain('<img src=x')
  const markdown = summaryMarkdown(analysis)
  expect(markdown).toContain('## Failures')
  expect(markdown).not.toContain('<img')
})

test('--json has the failures of each point, its repetitions together', async () => {
  const { failures, exitCode } = summaryJson(await analysed())
  expect(exitCode).toBe(1)
  expect(failures).toHaveLength(10)
  expect(failures[1]).toMatchObject({ point: 1, status: 503, message: noWorker, kind: 'queue-full' })
  expect(failures[0]!.count).toBe(failures[0]!.frames)
  expect(failures[0]).toHaveProperty('meaning')
})
