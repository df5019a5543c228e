import { expect, test } from 'vitest'
import { glueFiles } from './glue.js'
import { arrows, circles, importEdges, privatePartFiles, rooms } from './imports.js'
import { isWithinLimit } from './measure-structure.js'
import { filesThatSpellOut } from './nouns.js'
import { parseSourceFile, type SourceFile } from './source-file.js'

function parse(texts: Record<string, string>): SourceFile[] {
  const paths = new Set(Object.keys(texts))
  return Object.entries(texts).map(([path, text]) => parseSourceFile(path, text, paths))
}

test('every way to import counts once for each statement, type imports too; packages and files elsewhere do not', () => {
  const files = parse({
    'a/all.ts': [
      `import { one } from './one.js'`,
      `import type { One } from './one.js'`,
      `import * as two from '../b/two.js'`,
      `export { three } from '../b/three.js'`,
      `import { z } from 'zod'`,
      `import { missing } from './missing.js'`,
      `export const later = () => import('../c/later.js')`,
      `export type Later = import('../c/later.js').Later`,
      '',
    ].join('\n'),
    'a/one.ts': '',
    'b/two.ts': '',
    'b/three.ts': '',
    'c/later.ts': '',
    'c/later.test.ts': `import { one } from '../a/one.js'`,
  })
  expect(importEdges(files).map(({ to, statements }) => [to, statements])).toEqual([
    ['a/one.ts', 2],
    ['b/two.ts', 1],
    ['b/three.ts', 1],
    ['c/later.ts', 2],
  ])
  expect(rooms(files)).toEqual(['a', 'b', 'c'])
  expect(arrows(files)).toEqual(['a → b', 'a → c'])
})

test('files that import each other are a circle, also where one of them needs only a type', () => {
  const files = parse({
    'a/one.ts': `import { two } from './two.js'`,
    'a/two.ts': `import { three } from './three.js'`,
    'a/three.ts': `import type { One } from './one.js'`,
    'a/four.ts': `import { one } from './one.js'`,
    'a/parent.ts': `new Worker(new URL('./thread.js', import.meta.url))`,
    'a/thread.ts': `import type { Job } from './parent.js'`,
  })
  expect(circles(files)).toEqual([['a/one.ts', 'a/three.ts', 'a/two.ts']])
})

test('a private part is a small file with one importer, next door, that no test imports', () => {
  const files = parse({
    'a/user.ts': [
      `import { part } from './part.js'`,
      `import { tested } from './tested.js'`,
      `import { shared } from './shared.js'`,
      `import { other } from '../b/other.js'`,
      `import { long } from './long.js'`,
      `new Worker(new URL('./thread.js', import.meta.url))`,
    ].join('\n'),
    'a/second.ts': `import { shared } from './shared.js'`,
    'a/tests.test.ts': `import { tested } from './tested.js'`,
    'a/part.ts': 'export const part = 1',
    'a/tested.ts': 'export const tested = 1',
    'a/shared.ts': 'export const shared = 1',
    'b/other.ts': 'export const other = 1',
    'a/long.ts': 'export const long = 1\n'.padEnd(200, '\n'),
    'a/thread.ts': 'export {}',
  })
  expect(privatePartFiles(files)).toEqual(['a/part.ts'])
})

test('glue: exports that share no caller and no code, however indirect', () => {
  const files = parse({
    'a/glue.ts': 'export const one = 1\nexport function two() { return 2 }',
    'a/caller.ts': 'export const one = 1\nexport const two = 2',
    'a/private.ts': [
      'const limit = 1',
      'function below() { return limit }',
      'export const one = () => below()',
      'export const two = () => limit',
    ].join('\n'),
    'a/type.ts': 'export interface Options { a: number }\nexport function act({ a }: Options) { return a }',
    'a/own-key.ts': 'export const one = 1\nexport const two = { one: 3 }.one',
    'a/list.ts': 'const one = 1\nconst two = 2\nexport { one, two as second }',
    'a/test.test.ts': `import { one, two } from './caller.js'`,
    'a/one.ts': `import { one } from './glue.js'`,
  })
  expect(glueFiles(files)).toEqual([
    { path: 'a/glue.ts', groups: [['one'], ['two']] },
    { path: 'a/own-key.ts', groups: [['one'], ['two']] },
    { path: 'a/list.ts', groups: [['one'], ['second']] },
  ])
})

test('a noun is spelled out by keys, strings and assignments of one declaration, and not by reading it', () => {
  const noun = {
    name: 'box',
    fields: ['widthMm', 'heightMm', 'depthMm', 'massG'],
    exceptions: { 'a/exception.ts': 'it is the hot path' },
  }
  const files = parse({
    'a/interface.ts': 'export interface Box { widthMm: number; heightMm: number; depthMm: number }',
    'a/object.ts': 'export const box = (widthMm, heightMm) => ({ widthMm, heightMm, depthMm: 1 })',
    'a/strings.ts': `export const fields = [['widthMm', 'mm'], ['heightMm', 'mm'], ['depthMm', 'mm']]`,
    'a/zod.ts': 'export const box = z.object({ widthMm: n, heightMm: n, massG: n })',
    'a/class.ts': 'export class Box { widthMm = 1; heightMm = 1; depthMm = 1 }',
    'a/copy.ts': 'export function copy(a, b) { a.widthMm[0] = b; a.heightMm = b; a.depthMm = b }',
    'a/exception.ts': `export const fields = ['widthMm', 'heightMm', 'depthMm']`,
    'a/reads.ts': 'export const volume = (b) => b.widthMm * b.heightMm * b.depthMm * b.massG',
    'a/binds.ts': 'export const volume = ({ widthMm, heightMm, depthMm }) => widthMm * heightMm * depthMm',
    'a/half.ts': `export const area = ['widthMm', 'heightMm']`,
    'a/two.ts': `export const a = ['widthMm', 'heightMm']\nexport const b = ['depthMm', 'massG']`,
    'a/three.test.ts': `export const fields = ['widthMm', 'heightMm', 'depthMm']`,
  })
  expect(filesThatSpellOut(noun, files)).toEqual([
    'a/interface.ts',
    'a/object.ts',
    'a/strings.ts',
    'a/zod.ts',
    'a/class.ts',
    'a/copy.ts',
  ])
})

test('a file that does not parse is named', () => {
  expect(() => parse({ 'a/broken.ts': 'const = 1' })).toThrow(/^a\/broken\.ts: /)
})

test('a limit has two sides where one is the right number', () => {
  const measure = { name: 'homes', details: [] }
  expect(isWithinLimit({ ...measure, value: 0, min: 1, limit: 1 })).toBe(false)
  expect(isWithinLimit({ ...measure, value: 1, min: 1, limit: 1 })).toBe(true)
  expect(isWithinLimit({ ...measure, value: 2, min: 1, limit: 1 })).toBe(false)
  expect(isWithinLimit({ ...measure, value: 2 })).toBe(true)
})
