import { existsSync } from 'node:fs'
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { packageRoot } from '../system/package-root.js'
import type { RunAnalysis } from '../analysis/analyse-run.js'
import { writeGoldenRun } from './golden-run.test.support.js'
import { isDrawn } from './plots/figure.js'
import { figureGroups } from './plots/report-figures.js'
import { openRunOutputs } from './write-run-outputs.js'

/*
 * A saved run and what is said about it, byte for byte: a change of any figure or sentence shows here. Where it
 * is meant, `vitest run -u` writes the expectations anew, and the run itself where its folder was deleted before.
 */
const golden = join(packageRoot, 'fixtures/golden')
let folder: string
let analysis: RunAnalysis

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'framestorm-golden-'))
  if (!existsSync(join(golden, 'run'))) await writeGoldenRun(join(golden, 'run'))
  await cp(join(golden, 'run'), folder, { recursive: true })
  analysis = await openRunOutputs(folder).end()
  analysis.run = 'golden'
})

afterAll(() => rm(folder, { recursive: true }))

test('the summary', async () => {
  await expect(await readFile(join(folder, 'summary.md'), 'utf8')).toMatchFileSnapshot(
    join(golden, 'summary.md'),
  )
})

test('the points', async () => {
  await expect(await readFile(join(folder, 'points.csv'), 'utf8')).toMatchFileSnapshot(
    join(golden, 'points.csv'),
  )
})

test('the data of the report', async () => {
  await expect(JSON.stringify(analysis, undefined, 1)).toMatchFileSnapshot(join(golden, 'analysis.txt'))
})

test('the plots, traces and all', async () => {
  const figures = figureGroups(analysis)
    .flatMap(({ figures }) => figures)
    .map((figure) => (isDrawn(figure) ? figure : { id: figure.id, reason: figure.reason }))
  await expect(JSON.stringify(figures, undefined, 1)).toMatchFileSnapshot(join(golden, 'figures.txt'))
})
