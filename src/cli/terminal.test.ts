import { expect, test } from 'vitest'
import { isInteractive, usesColor } from './terminal.js'

const terminal = { isTTY: true }
const pipe = { isTTY: false }

test('a terminal is coloured, a pipe and a dumb terminal are not', () => {
  expect(usesColor(terminal, {})).toBe(true)
  expect(usesColor(pipe, {})).toBe(false)
  expect(usesColor(terminal, { TERM: 'dumb' })).toBe(false)
})

test('NO_COLOR switches colours off and FORCE_COLOR on; an empty variable decides nothing', () => {
  expect(usesColor(terminal, { NO_COLOR: '1', FORCE_COLOR: '1' })).toBe(false)
  expect(usesColor(pipe, { FORCE_COLOR: '1' })).toBe(true)
  expect(usesColor(terminal, { FORCE_COLOR: '0' })).toBe(false)
  expect(usesColor(terminal, { NO_COLOR: '' })).toBe(true)
})

test('a terminal is not redrawn in CI', () => {
  expect(isInteractive(terminal, {})).toBe(true)
  expect(isInteractive(terminal, { CI: 'true' })).toBe(false)
  expect(isInteractive(pipe, {})).toBe(false)
})
