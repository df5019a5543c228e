import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { expect, test } from 'vitest'
import { framestormHere as framestorm, temporaryFolder } from './testing/framestorm.test.support.js'
import { writeScenario } from './testing/small-scenario.test.support.js'

const samplesIn = async (folder: string) =>
  (await readdir(folder)).filter((name) => /^(requests|frames)/.test(name))

test('a run writes the files of output.samples, and report those of --samples', async () => {
  const folder = await temporaryFolder()
  const scenario = await writeScenario(folder, {
    'kind: closed, framesInFlight: 8': 'kind: cameras, cameras: 2, fps: 10',
  })
  const out = join(folder, 'run')
  const { code } = await framestorm(['bench', scenario, '--out', out, '--set', 'output.samples=parquet'])
  // A loaded machine may rightly say that its figures cannot be trusted (4).
  expect([0, 4]).toContain(code)
  expect(await samplesIn(out)).toEqual(['frames.parquet', 'requests.parquet'])
  // A report keeps the format of the run.
  expect((await framestorm(['report', out])).code).toBe(code)
  expect(await samplesIn(out)).toEqual(['frames.parquet', 'requests.parquet'])
  expect((await framestorm(['report', out, '--samples', 'csv'])).code).toBe(code)
  expect(await samplesIn(out)).toEqual(['frames.csv', 'requests.csv'])
  const requests = parse(await readFile(join(out, 'requests.csv')), { columns: true })
  expect(requests.length).toBeGreaterThan(5)
  expect((await framestorm(['report', out, '--samples', 'none'])).code).toBe(code)
  expect(await samplesIn(out)).toEqual([])
})

test.each(['xlsx', '[csv, parquet]', 'true'])(
  'output.samples=%s is refused with the values that exist',
  async (value) => {
    const folder = await temporaryFolder()
    const run = ['bench', await writeScenario(folder), '--dry-run', '--set', `output.samples=${value}`]
    const { code, stderr } = await framestorm(run)
    expect(code).toBe(2)
    expect(stderr).toContain('--set output.samples')
    expect(stderr).toMatch(/csv.*parquet.*none/)
  },
)
