import { resolve } from 'node:path'
import { expect, it } from 'vitest'
import { settleScenarioPaths } from './settle-scenario-paths.mjs'

const from = resolve('/home/ada/cameras')
const existing =
  (...files) =>
  (file) =>
    files.includes(file)

it('finds a scenario where the user stands, if it is not in the folder of the package', () => {
  const exists = existing(resolve(from, 'mine.yaml'))
  expect(settleScenarioPaths(['bench', 'mine.yaml', '--json'], { from, exists })).toEqual([
    'bench',
    resolve(from, 'mine.yaml'),
    '--json',
  ])
})

it('leaves alone what is found here, what is found nowhere and what is no scenario', () => {
  const exists = existing(
    'scenarios/quickstart.yaml',
    resolve(from, 'scenarios/quickstart.yaml'),
    resolve(from, 'bench'),
  )
  for (const args of [
    ['bench', 'scenarios/quickstart.yaml'],
    ['bench', 'absent.yaml'],
    ['bench', '--out=x.yaml'],
  ]) {
    expect(settleScenarioPaths(args, { from, exists })).toEqual(args)
    expect(settleScenarioPaths(args, { from: undefined, exists })).toEqual(args)
  }
})
