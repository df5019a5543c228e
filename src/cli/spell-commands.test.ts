import { expect, test } from 'vitest'
import { spellCommands } from './spell-commands.js'

const text = 'Run `framestorm doctor`, or `framestorm bench --resume x`; framestorm is the name.'

test('where framestorm is installed, commands stay as they are', () => {
  expect(spellCommands(text, {})).toBe(text)
  expect(spellCommands(text, { npm_lifecycle_event: 'npx', npm_package_name: 'a-project' })).toBe(text)
  expect(spellCommands(text, { npm_lifecycle_event: 'bench', npm_package_name: 'a-project' })).toBe(text)
})

test('a command alone on an indented line is spelled that way too', () => {
  const env = { npm_lifecycle_event: 'framestorm', npm_package_name: 'framestorm' }
  expect(spellCommands('To measure:\n  framestorm capacity x.yaml', env)).toBe(
    'To measure:\n  npm run framestorm -- capacity x.yaml',
  )
})

test.each(['bench', 'framestorm'])(
  'under npm run %s in a clone they are what can be typed there',
  (script) => {
    const env = { npm_lifecycle_event: script, npm_package_name: 'framestorm' }
    expect(spellCommands(text, env)).toBe(
      'Run `npm run framestorm -- doctor`, or `npm run framestorm -- bench --resume x`; framestorm is the name.',
    )
  },
)
