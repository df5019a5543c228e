import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const compiled = fileURLToPath(new URL('../../', import.meta.url))

test('nothing of NATS is loaded before a broker is connected', () => {
  const files = readdirSync(compiled, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.js') && !name.includes('.test.'))
    .map((name) => ({ name, text: readFileSync(join(compiled, name), 'utf8') }))
  const using = files.filter(({ text }) => text.includes("'@nats-io/"))
  expect(using.length).toBeGreaterThan(1)
  // Types are gone in compiled code, so every import that is left loads something.
  const atOnce = using.filter(({ text }) => /^(?:import|export)\b[^;()]*'@nats-io\//m.test(text))
  expect(atOnce.map(({ name }) => name)).toEqual([])
})
