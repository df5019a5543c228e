import { expect, test } from 'vitest'
import { announcement } from './announcement.js'
import { comparisonMessage } from './comparison-message.js'
import { mostMessageBytes, parseMessage } from './parse-message.js'
import { requestSchemas } from './requests.js'
import { requestSubject, verbOf, verbs } from './subjects.js'

const bytes = (text: string) => new TextEncoder().encode(text)

test.each([
  ['too large', new Uint8Array(mostMessageBytes + 1), 'at most'],
  ['no UTF-8', Uint8Array.of(0x22, 0xff, 0x22), 'not JSON'],
  ['no JSON', bytes('{"protocol":1,'), 'not JSON'],
  ['another type', bytes('"stop"'), 'expected object'],
  ['nested deeply', bytes('['.repeat(200_000) + ']'.repeat(200_000)), 'expected object'],
])('a message that is %s is refused in words', (_, message, words) => {
  const parsed = parseMessage(requestSchemas.stop, message)
  expect('refused' in parsed && parsed.refused).toContain(words)
})

test('answers that are nested too deeply to be read are refused, not crashed on', () => {
  const deep = `{"a":[`.repeat(20_000) + `]}`.repeat(20_000)
  const message = `{"protocol":1,"rules":{"compared":"numbers","ignored":[],"unordered":[]},"json":true,"singleKeys":[],"references":[[0,${deep}]]}`
  expect(parseMessage(comparisonMessage, bytes(message))).toHaveProperty('refused')
})

test('a refusal has no control characters and little text of the sender', () => {
  const key = `\u001b[2J${'x'.repeat(10_000)}\n`
  const parsed = parseMessage(announcement, bytes(JSON.stringify({ protocol: 1, labels: { [key]: 1 } })))
  const refused = 'refused' in parsed ? parsed.refused : ''
  expect(refused).toMatch(/^[ -~]{1,300}$/)
})

test('the verb of a request is read from its subject', () => {
  for (const verb of verbs) expect(verbOf(requestSubject('site-a', verb))).toBe(verb)
  expect(verbOf('framestorm.agent.site-a.exec')).toBeUndefined()
})
