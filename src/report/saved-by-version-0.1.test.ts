import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readManifest } from '../run/run-folder.js'
import { reopenRun } from '../run/run-writer.js'
import { packageRoot } from '../system/package-root.js'
import { openRunOutputs } from './write-run-outputs.js'

/** A run as framestorm 0.1 left it, untouched, with the points.csv that it wrote. */
const saved = join(packageRoot, 'fixtures/runs/0.1')

test('a run that 0.1 saved is read: the same figures, and its one server is that of each measurement', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'framestorm-saved-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await cp(saved, folder, { recursive: true })
  const analysis = await openRunOutputs(folder).end()
  const before = await rowsOf(saved)
  const columnsSince = {
    modelVersion: '',
    purpose: '',
    protocol: 'http',
    site: '',
    networkMeanMs: '',
    networkBasis: '',
    startSkewMs: '',
    clockOffsetMs: '',
    clockErrorMs: '',
  }
  expect(await rowsOf(folder)).toEqual(before.map((row) => ({ ...row, ...columnsSince })))
  expect(analysis.subjects).toHaveLength(1)
  expect(analysis.subjects[0]).toMatchObject({
    server: { kind: 'embedded', label: 'embedded (simulated)' },
    model: { name: 'resnet-18' },
    video: { frames: 12 },
    answerReference: { state: 'on' },
  })
  // It was written as 23.5 GiB; a gate compares machines as they are written.
  expect(analysis.environment['memory']).toBe('25.2 GB')
})

test('such a run can be resumed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'framestorm-saved-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await cp(saved, folder, { recursive: true })
  const run = await reopenRun(folder)
  await run.begin()
  await run.end('complete')
  const { measurements } = await readManifest(folder)
  expect(measurements.map(({ server }) => server?.label)).toEqual(
    measurements.map(() => 'embedded (simulated)'),
  )
})

/** The cells of points.csv by their columns, those of the findings left out: their texts may change. */
async function rowsOf(folder: string): Promise<Record<string, string>[]> {
  const lines = (await readFile(join(folder, 'points.csv'), 'utf8')).trimEnd().split('\n')
  const names = lines[0]!.split(',')
  const textAt = names.findIndex((name) => name === 'notes' || name === 'findings')
  return lines
    .slice(1)
    .map((line) =>
      Object.fromEntries(
        names.slice(0, textAt < 0 ? undefined : textAt).map((name, i) => [name, line.split(',')[i]!]),
      ),
    )
}
