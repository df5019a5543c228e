import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const source = fileURLToPath(new URL('../../src', import.meta.url))

/** The pipeline, first to last: a stage imports only from itself and from what stands before it. */
const stages = [
  'system',
  'scenario',
  'frames',
  'batching',
  'run',
  'server',
  'load',
  'fleet',
  'measure',
  'stream',
  'analysis',
  'gate',
  'capacity',
  'report',
  'cli',
]

function stageOf(file: string): string {
  return relative(source, file)
    .split('/')[0]!
    .replace(/\.(test\.)?[jt]s$/, '')
}

function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8')
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+)'/g)].map((match) =>
    resolve(dirname(file), match[1]!),
  )
}

const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && name.includes('/'))
  .map((name) => join(source, name))

test('every folder of src is a stage with a place in the order', () => {
  const unknown = files.map(stageOf).filter((stage) => !stages.includes(stage))
  expect([...new Set(unknown)]).toEqual([])
})

test('a stage imports only stages that stand before it', () => {
  const backward = files.flatMap((file) =>
    importsOf(file)
      .filter((target) => stages.indexOf(stageOf(target)) > stages.indexOf(stageOf(file)))
      .map((target) => `${relative(source, file)} imports ${relative(source, target)}`),
  )
  expect(backward).toEqual([])
})
