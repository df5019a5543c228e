import { describe, expect, test } from 'vitest'

import { cpuIndex, parsePipSettings, pipArguments, type PipSituation } from './pip-arguments.js'
import { requirements } from './environment-folder.js'

const plain: PipSituation = {
  platform: 'linux',
  hasNvidiaGpu: false,
  cpuIndexReachable: true,
  settings: new Map(),
  pipVersion: '23.2.1',
}

describe('the pip command', () => {
  test('on Linux without a GPU takes PyTorch’s CPU index in addition', () => {
    const args = pipArguments(plain)
    expect(args[args.indexOf('--extra-index-url') + 1]).toBe(cpuIndex)
    expect(args.slice(-requirements.length)).toEqual(requirements)
  })

  test.each<[string, Partial<PipSituation>]>([
    ['with an NVIDIA GPU', { hasNvidiaGpu: true }],
    ['where that index cannot be reached', { cpuIndexReachable: false }],
    ['on macOS, whose wheel is the CPU one already', { platform: 'darwin' }],
    ['if pip is configured to use no index', { settings: new Map([['no-index', 'true']]) }],
  ])('%s takes what pip finds', (_, situation) => {
    expect(pipArguments({ ...plain, ...situation })).not.toContain('--extra-index-url')
  })

  test('never replaces the user’s own index', () => {
    expect(
      pipArguments({ ...plain, settings: new Map([['index-url', 'https://mirror/simple']]) }),
    ).not.toContain('--index-url')
  })

  test.each([
    ['23.2.1', 'off'],
    ['24.0', 'off'],
    ['24.1', 'raw'],
    ['26.0.1', 'raw'],
  ])('of pip %s asks for the progress that it can tell: %s', (pipVersion, bar) => {
    const args = pipArguments({ ...plain, pipVersion })
    expect(args[args.indexOf('--progress-bar') + 1]).toBe(bar)
  })

  test('pins every package exactly', () => {
    for (const requirement of requirements)
      expect(requirement).toMatch(/^[a-z]+==[\d.]+(; python_version .*)?$/)
  })
})

test('pip’s settings are read from its listing, the environment before files', () => {
  const listing = [
    ":env:.cert='/etc/ssl/own.crt'",
    ":env:.no-index='0'",
    "global.cert='/etc/ssl/other.crt'",
    "global.proxy='http://proxy:3128'",
    "install.find-links='/wheels'",
    'not a setting',
  ].join('\n')
  expect([...parsePipSettings(listing)]).toEqual([
    ['cert', '/etc/ssl/own.crt'],
    ['no-index', '0'],
    ['proxy', 'http://proxy:3128'],
    ['find-links', '/wheels'],
  ])
})
