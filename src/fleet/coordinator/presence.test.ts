import { expect, test } from 'vitest'
import { lostReason, reconnectMs, silentMs } from './presence.js'

const always = Number.NEGATIVE_INFINITY
const seen = { id: 'a', seenId: 'a', seenMs: 1_000_000 }

test('an agent that says nothing for three seconds is lost', () => {
  expect(lostReason(seen, 1_000_000 + silentMs - 1, always)).toBeUndefined()
  expect(lostReason(seen, 1_000_000 + silentMs, always)).toBe('nothing was heard of it for 3 s')
})

test('another process under its name means that it was started again', () => {
  expect(lostReason({ ...seen, seenId: 'b' }, 1_000_001, always)).toBe('it was started again')
})

test('while the broker is away nobody is lost', () => {
  expect(lostReason(seen, 2_000_000, undefined)).toBeUndefined()
})

test('after the broker is back agents get time to connect again', () => {
  const backMs = 1_060_000
  expect(lostReason(seen, backMs + reconnectMs + silentMs - 1, backMs)).toBeUndefined()
  expect(lostReason(seen, backMs + reconnectMs + silentMs, backMs)).toBe('nothing was heard of it for 69 s')
})
