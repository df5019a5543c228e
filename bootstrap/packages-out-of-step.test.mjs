import { describe, expect, it } from 'vitest'
import { packagesOutOfStep } from './packages-out-of-step.mjs'

const lock = {
  packages: {
    '': { name: 'framestorm' },
    'node_modules/yaml': { version: '2.9.1', integrity: 'sha512-a' },
    'node_modules/yargs': { version: '18.2.0', integrity: 'sha512-b' },
    'node_modules/ffmpeg-static': { version: '5.3.0', integrity: 'sha512-c', optional: true },
    'node_modules/asked-for-by-a-peer': { version: '1.0.0', integrity: 'sha512-d', peer: true },
  },
}
const { 'node_modules/yaml': yaml, 'node_modules/yargs': yargs } = lock.packages
const whole = { packages: { 'node_modules/yaml': yaml, 'node_modules/yargs': yargs } }
const here = { platform: 'linux', arch: 'x64', has: () => true }
const hasNoYargs = (path) => path !== 'node_modules/yargs'
const binary = (fields) => ({ packages: { ...whole.packages, 'node_modules/binary': fields } })

describe('packages out of step with the lockfile', () => {
  it('are none where all required ones are there, optional ones or not', () => {
    expect(packagesOutOfStep(lock, whole, here)).toEqual([])
  })

  it('are all where npm did not get to write its own list: it was interrupted', () => {
    expect(packagesOutOfStep(lock, undefined, here)).toEqual(['node_modules'])
  })

  it('are those without a folder', () => {
    expect(packagesOutOfStep(lock, whole, { ...here, has: hasNoYargs })).toEqual(['node_modules/yargs'])
  })

  it('are those of another version, and those of the same version with another content', () => {
    const packages = {
      'node_modules/yaml': { ...yaml, version: '2.9.0' },
      'node_modules/yargs': { ...yargs, integrity: 'sha512-other' },
    }
    expect(packagesOutOfStep(lock, { packages }, here)).toEqual(['node_modules/yaml', 'node_modules/yargs'])
  })

  it('are those installed for another platform', () => {
    expect(packagesOutOfStep(lock, binary({ os: ['darwin'] }), here)).toEqual(['node_modules/binary'])
    expect(packagesOutOfStep(lock, binary({ os: ['!linux'] }), here)).toEqual(['node_modules/binary'])
    expect(packagesOutOfStep(lock, binary({ cpu: ['arm64'] }), here)).toEqual(['node_modules/binary'])
    expect(packagesOutOfStep(lock, binary({ os: ['!win32'], cpu: ['x64', 'arm64'] }), here)).toEqual([])
  })
})
