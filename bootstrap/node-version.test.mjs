import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { isNodeSupported } from '../dist/src/cli/is-node-supported.js'
import { isNodeNewEnough } from './node-version.mjs'

const supported = ['20.19.0', '20.20.2', '22.12.0', '24.0.0', '26.10.0']
const tooOld = ['16.20.2', '18.20.8', '20.18.3', '21.7.3', '22.11.0']

it.each([
  ['the bootstrap', isNodeNewEnough],
  ['the installed command', isNodeSupported],
])('%s takes the versions that package.json names, and no older ones', (_, takes) => {
  const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  expect(engines.node).toBe('^20.19 || >=22.12')
  expect(supported.filter((version) => !takes(version))).toEqual([])
  expect(tooOld.filter(takes)).toEqual([])
})
