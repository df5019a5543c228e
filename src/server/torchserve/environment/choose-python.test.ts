import { expect, test } from 'vitest'

import { choosePython } from './choose-python.js'
import type { PythonProbe } from './probe-python.js'

const python = (version: string, hasVenv = true): PythonProbe => ({
  executable: `/bin/python${version}`,
  version,
  hasVenv,
})

test.each(['3.10.0', '3.11.7', '3.14.2'])('Python %s is taken', (version) => {
  expect(choosePython([python('2.7.18'), python(version), python('3.12.1')]).version).toBe(version)
})

test('one without venv is passed over for one with it', () => {
  expect(choosePython([python('3.11.7', false), python('3.12.1')]).version).toBe('3.12.1')
})

test.each([
  ['none at all', [], /no Python was found/, /none of python3/],
  ['only too old ones', [python('3.9.18'), python('2.7.18')], /cannot run TorchServe/, /3\.9\.18.*2\.7\.18/],
  ['only too new ones', [python('3.15.0')], /cannot run TorchServe/, /3\.15\.0/],
  [
    'one without venv',
    [python('3.9.1'), python('3.11.7', false)],
    /without its venv module/,
    /python3\.11\.7/,
  ],
])('%s is an error of the environment that says what was found', (_, probes, message, received) => {
  expect(() => choosePython(probes)).toThrow(
    expect.objectContaining({
      exitCode: 3,
      message: expect.stringMatching(message),
      parts: expect.objectContaining({
        received: expect.stringMatching(received),
        remedy: expect.any(String),
      }),
    }),
  )
})

test('FRAMESTORM_PYTHON is named where it was the reason', () => {
  expect(() => choosePython([], '/opt/python')).toThrow(
    expect.objectContaining({ parts: expect.objectContaining({ where: 'FRAMESTORM_PYTHON=/opt/python' }) }),
  )
})

test('a remedy for Debian names the package', () => {
  expect(() => choosePython([python('3.11.7', false)])).toThrow(
    expect.objectContaining({
      parts: expect.objectContaining({ remedy: expect.stringContaining('python3.11-venv') }),
    }),
  )
})
