import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { expect, test } from 'vitest'
import {
  cameras,
  closed,
  measured,
  question,
  run,
  server,
} from '../../capacity/size/measured-run.test.support.js'
import { sizeRun } from '../../capacity/size/size-run.js'
import { packageRoot } from '../../system/package-root.js'
import { formatSetting } from '../format/format.js'
import { sizeText } from './size-words.js'
import { sizeColumns, writeSize } from './write-size.js'

test('every column of size.csv is described in the docs', async () => {
  const docs = await readFile(join(packageRoot, 'docs', 'capacity.md'), 'utf8')
  for (const { name } of sizeColumns) expect(docs).toContain(`\`${name}\``)
})

test('a rough estimate is called one in text, CSV and page, with the command that gives a sound one', async () => {
  const measurements = measured([closed[3]!, cameras(4)], server, { durationS: 4, repetitions: 1 })
  const plan = await sizeRun({ ...question, fps: 10 }, { ...run, labelSetting: formatSetting, measurements })
  const folder = await mkdtemp(join(tmpdir(), 'framestorm-size-'))
  try {
    await writeSize(plan, folder)
    const page = await readFile(join(folder, 'size.html'), 'utf8')
    const csv = await readFile(join(folder, 'size.csv'), 'utf8')
    expect(csv).toMatch(/"servers, N\+1",\d+,servers,simulated,rough/)
    for (const words of [page, sizeText(plan, 80).replaceAll(/\s+/g, ' ')]) {
      expect(words).toMatch(/Rough estimate: \d+ servers carry 100 cameras/)
      expect(words).toContain('it rests on windows of 4 s; a plan needs 10 s or more')
      expect(words).toContain('framestorm capacity scenario.yaml --set ')
    }
    expect(sizeText(plan, 80)).toContain(`\n  ${plan.soundCommand}`)
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('text, CSV and page say the same, each figure with its basis', async () => {
  const plan = await sizeRun(
    { ...question, pricePerServerMonth: 250 },
    {
      ...run,
      name: '<b>run</b>',
      labelSetting: formatSetting,
      measurements: measured([...closed, cameras(4), cameras(8), cameras(40)]),
    },
  )
  const text = sizeText(plan)
  expect(text).toContain('17 servers carry 100 cameras')
  expect(text).toContain('embedded (simulated)')
  const folder = await mkdtemp(join(tmpdir(), 'framestorm-size-'))
  try {
    await writeSize(plan, folder)
    const rows: Record<string, string>[] = parse(await readFile(join(folder, 'size.csv'), 'utf8'), {
      columns: true,
    })
    expect(rows.find(({ quantity }) => quantity === 'servers, N+1')).toEqual({
      setting: 'server batching 4 (delay 20 ms), 1 worker',
      quantity: 'servers, N+1',
      value: '17',
      unit: 'servers',
      basis: 'measured',
      estimate: 'sound',
    })
    expect(rows.find(({ quantity }) => quantity === 'cost, N+1')?.['value']).toBe('4250')
    expect(rows.every(({ basis }) => ['measured', 'interpolated', 'simulated'].includes(basis!))).toBe(true)
    const page = await readFile(join(folder, 'size.html'), 'utf8')
    expect(page).toContain('17 servers carry 100 cameras')
    expect(page).toContain('stamp simulated')
    expect(page).not.toContain('<b>run</b>')
  } finally {
    await rm(folder, { recursive: true })
  }
})
