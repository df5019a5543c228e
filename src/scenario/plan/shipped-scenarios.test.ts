import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { packageRoot } from '../../system/package-root.js'
import { loadScenario } from '../load-scenario.js'
import { allPoints, type Plan } from './plan.js'
import { planScenario } from './plan-scenario.js'

const folder = join(packageRoot, 'scenarios')
const names = readdirSync(folder).filter((name) => name.endsWith('.yaml'))

test('the scenarios that the documentation names are there', () => {
  expect(names).toEqual(
    expect.arrayContaining(['quickstart.yaml', 'batch-sweep.yaml', 'concurrency-sweep.yaml', 'cameras.yaml']),
  )
})

test.each(names)('%s loads, plans, and finds its video', async (name) => {
  const { points } = planScenario(
    await loadScenario(join(folder, name), { camerasAreSearched: name === 'capacity.yaml' }),
  )
  expect(points.length).toBeGreaterThan(0)
  for (const { video } of points) expect(existsSync(video.source)).toBe(true)
})

test.each(names)('%s names its schema for editors and its question for readers', (name) => {
  const text = readFileSync(join(folder, name), 'utf8')
  expect(text).toMatch(
    /^# yaml-language-server: \$schema=\.\.\/docs\/scenario\.schema\.json\n\n# [^\n]*[^]*?\?/,
  )
})

test('a scenario of a run saved by 0.1 is planned with the batching that was saved, encodings included', async () => {
  const saved: { scenario: { text: string }; plan: Plan } = JSON.parse(
    readFileSync(join(packageRoot, 'fixtures/runs/0.1/run.json'), 'utf8'),
  )
  const file = join(mkdtempSync(join(tmpdir(), 'saved-')), 'saved.yaml')
  writeFileSync(file, saved.scenario.text)
  const { points } = planScenario(await loadScenario(file))
  expect(points.map(({ batching }) => batching)).toEqual(saved.plan.points.map(({ batching }) => batching))
  expect(points.map(({ model }) => model.request)).toEqual(
    saved.plan.points.map(({ model }) => model.request),
  )
})

test('batch-sweep takes about five minutes, and its cameras need more than half of the ceiling', async () => {
  const sweep = planScenario(await loadScenario(join(folder, 'batch-sweep.yaml')))
  expect(sweep.expectedS).toBeLessThan(330)
  expect(sweep.points.every(({ load }) => load.kind === 'closed')).toBe(true)
  for (const { load } of sweep.ofCeiling ?? []) expect(load.ofCeiling).toBeGreaterThan(0.5)
})

test('quickstart is planned to take about a minute, and batch-sweep asks both questions of both modes', async () => {
  const quickstart = planScenario(await loadScenario(join(folder, 'quickstart.yaml')))
  expect(quickstart.expectedS).toBeLessThan(70)
  const sweep = planScenario(await loadScenario(join(folder, 'batch-sweep.yaml')))
  const cells = new Set(
    allPoints(sweep).map(({ batching, load }) => `${batching.mode} ${batching.batchSize} ${load.kind}`),
  )
  expect(cells).toEqual(
    new Set(
      ['server 1', 'server 2', 'server 4', 'server 8', 'client 2', 'client 4', 'client 8'].flatMap((cell) => [
        `${cell} closed`,
        `${cell} cameras`,
      ]),
    ),
  )
})
