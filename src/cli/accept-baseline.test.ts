import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findRuns } from '../gate/stored/stored-gate.js'
import { UserError } from '../system/user-error.js'
import { acceptBaseline } from './accept-baseline.js'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'framestorm-baseline-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function run(name: string): Promise<string> {
  const path = join(folder, 'reports', name)
  await mkdir(join(path, 'samples'), { recursive: true })
  await writeFile(join(path, 'run.json'), `{"name":"${name}"}`)
  await writeFile(join(path, 'samples', '1.bin'), name)
  return path
}

test('an accepted run is found again, with all its files, and the original stays', async () => {
  const baselines = join(folder, 'baselines')
  const first = await run('monday')
  const copied = await acceptBaseline(first, baselines, { supersede: false })
  expect(await findRuns(baselines)).toEqual([copied])
  expect(await readFile(join(copied, 'samples/1.bin'), 'utf8')).toBe('monday')
  expect(await findRuns(first)).toEqual([first])
  expect(await readdir(baselines)).toEqual(['monday'])
})

test('accepted runs add up, in order of their names', async () => {
  const baselines = join(folder, 'baselines')
  for (const name of ['b', 'a']) await acceptBaseline(await run(name), baselines, { supersede: false })
  expect(await findRuns(baselines)).toEqual([join(baselines, 'a'), join(baselines, 'b')])
})

test('accepting a new level sets the old runs aside, and deletes nothing', async () => {
  const baselines = join(folder, 'baselines')
  for (const name of ['a', 'b']) await acceptBaseline(await run(name), baselines, { supersede: false })
  await acceptBaseline(await run('c'), baselines, { supersede: true })
  expect(await findRuns(baselines)).toEqual([join(baselines, 'c')])
  expect((await readdir(join(baselines, '.superseded'))).toSorted()).toEqual(['a', 'b'])
})

test('a run is neither accepted twice nor into another run', async () => {
  const baselines = join(folder, 'baselines')
  const monday = await run('monday')
  await acceptBaseline(monday, baselines, { supersede: false })
  await expect(acceptBaseline(monday, baselines, { supersede: false })).rejects.toThrow(
    'recorded as a baseline already',
  )
  await expect(acceptBaseline(monday, await run('tuesday'), { supersede: false })).rejects.toThrow(
    'is a run folder itself',
  )
})

test('a folder without runs says how to record the first', async () => {
  const error: unknown = await findRuns(join(folder, 'nothing')).catch((error: unknown) => error)
  expect(error instanceof UserError && [error.exitCode, error.parts.remedy]).toEqual([
    2,
    expect.stringContaining('--accept'),
  ])
})
