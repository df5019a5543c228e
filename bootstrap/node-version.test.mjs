import { readFileSync } from 'node:fs'
import { satisfies } from 'semver'
import { expect, it } from 'vitest'
import { isNodeNewEnough } from './node-version.mjs'

const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
const supported = ['20.19.0', '20.20.2', '22.12.0', '24.0.0', '26.10.0']
const tooOld = ['16.20.2', '18.20.8', '20.18.3', '21.7.3', '22.11.0']

it('the bootstrap, which has no packages yet, takes the versions that package.json allows, and no older ones', () => {
  expect(supported.filter((version) => !satisfies(version, engines.node))).toEqual([])
  expect(tooOld.filter((version) => satisfies(version, engines.node))).toEqual([])
  expect(supported.filter((version) => !isNodeNewEnough(version))).toEqual([])
  expect(tooOld.filter(isNodeNewEnough)).toEqual([])
})
