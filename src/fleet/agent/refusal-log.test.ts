import { expect, test } from 'vitest'
import { refusalLog } from './refusal-log.js'

test('ten lines per minute are logged, then how many more there were', () => {
  const lines: string[] = []
  let nowMs = 0
  const log = refusalLog(
    (line) => lines.push(line),
    () => nowMs,
  )
  for (let i = 0; i < 1000; i++) log(`refused ${i}`)
  expect(lines).toHaveLength(10)
  nowMs = 60_000
  log('refused later')
  expect(lines.slice(10)).toEqual(['990 more refused messages are not listed', 'refused later'])
})
