import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { packageRoot } from '../system/package-root.js'

test('docs/words.md describes every finding, and none that is not', () => {
  const names = ['validity-checks', 'notes'].flatMap((file) => {
    const source = readFileSync(join(packageRoot, `src/statistics/${file}.ts`), 'utf8')
    return [...source.matchAll(/\b(?:invalid|note)\(\s*'([a-z-]+)'/g)].map((match) => match[1])
  })
  const words = readFileSync(join(packageRoot, 'docs/words.md'), 'utf8')
  const described = [...words.matchAll(/^\| `([a-z-]+)` \|/gm)].map((match) => match[1])
  expect(new Set(described)).toEqual(new Set(names))
})
