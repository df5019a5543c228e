import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { isNodeNewEnough } from './node-version.mjs'

it('takes the versions that package.json names, and no older ones', () => {
  const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  expect(engines.node).toBe('^20.19 || >=22.12')
  for (const version of ['20.19.0', '20.20.2', '22.12.0', '24.0.0', '26.10.0']) {
    expect([version, isNodeNewEnough(version)]).toEqual([version, true])
  }
  for (const version of ['16.20.2', '18.20.8', '20.18.3', '21.7.3', '22.11.0']) {
    expect([version, isNodeNewEnough(version)]).toEqual([version, false])
  }
})
