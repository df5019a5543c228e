import { expect, test } from 'vitest'
import { testArguments } from './test-arguments.mjs'

test('the source file of a test stands for its compiled file', () => {
  expect(testArguments(['src/load/http/connection.test.ts', './bench/structure/structure.test.ts'])).toEqual([
    'dist/src/load/http/connection.test.js',
    'dist/bench/structure/structure.test.js',
  ])
})

test('folders, compiled files, names and flags stay as they are', () => {
  const args = [
    'src/load',
    'dist/src/load/http/connection.test.js',
    'bootstrap',
    '-t',
    'a src/x.ts in a name',
    '-u',
  ]
  expect(testArguments(args)).toEqual(args)
})
