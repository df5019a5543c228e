import { stringify } from 'csv-stringify/sync'
import { expect, test } from 'vitest'
import { seededRandom } from '../../system/seeded-random.js'
import { type Cell, openCsvBytes } from './csv-bytes.js'

const random = seededRandom(20)
const oneOf = <Of>(some: readonly Of[]): Of => some[Math.floor(random() * some.length)]!

function written(rows: readonly (readonly Cell[])[]): string {
  const bytes = openCsvBytes()
  for (const row of rows) {
    for (const cell of row) bytes.addCell(cell)
    bytes.endRow()
  }
  return Buffer.from(bytes.take()).toString()
}

function byCsvStringify(rows: readonly (readonly Cell[])[]): string {
  return stringify(
    rows.map((row) => [...row]),
    { escape_formulas: true },
  )
}

const numbers = [0, -0, 1, -1, 9, 10, 999_999_999, 1e9, 1e15, 2 ** 53 - 1, 2 ** 53, 1e21, 1e22, 0xffff_ffff]
const fractions = [
  0.001,
  -0.001,
  0.1,
  0.01,
  1.5,
  1e-6,
  1e-7,
  123.456,
  0.1 + 0.2,
  1 / 3,
  5e-324,
  1.7976931348623157e308,
]
const limits = [
  1e12 - 0.001,
  1e12 + 0.001,
  999_999_999.999,
  2 ** 40 + 0.125,
  8_388_608.001,
  Number.NaN,
  Infinity,
  -Infinity,
]

function randomNumber(): number {
  const size = 10 ** Math.floor(random() * 18)
  const number = oneOf([
    () => Math.round(random() * size),
    // As times are: µs in ms.
    () => Math.round(random() * size) / 1000,
    () => Math.round(random() * size) / oneOf([10, 100, 1e4, 1e6]),
    () => random() * size,
    () => Number(random().toPrecision(3)) / size,
  ])()
  return random() < 0.2 ? -number : number
}

const characters = [
  ...Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)),
  '\r\n',
  'é',
  'ß',
  '漢',
  '😀',
  '＝',
  '＋',
  '－',
  '＠',
  '\u2028',
]

function randomText(): string {
  return Array.from({ length: Math.floor(random() * 6) }, () => oneOf(characters)).join('')
}

test('numbers are those that csv-stringify writes, to the last digit', () => {
  const special = [...numbers, ...fractions, ...limits].flatMap((number) => [number, -number])
  const rows = [special, ...Array.from({ length: 5000 }, () => Array.from({ length: 20 }, randomNumber))]
  expect(written(rows)).toBe(byCsvStringify(rows))
})

test('text is that which csv-stringify writes: quotes, delimiters, lines, formulas and other alphabets', () => {
  const rows = [
    ...characters.map((text) => [text, `a${text}`, `${text}a`, text + text]),
    [''],
    ['-'],
    ['-1', '1-'],
  ]
  for (let i = 0; i < 2000; i++) rows.push(Array.from({ length: 4 }, randomText))
  expect(written(rows)).toBe(byCsvStringify(rows))
})

test('rows of every kind of cell, empty ones included', () => {
  const randomCell = () => oneOf<() => Cell>([randomNumber, randomText, () => undefined, () => 'measured'])()
  const rows = Array.from({ length: 3000 }, () =>
    Array.from({ length: 1 + Math.floor(random() * 9) }, randomCell),
  )
  expect(written(rows)).toBe(byCsvStringify(rows))
})

test('a cell may be longer than the bytes that are written together', () => {
  const rows = [
    [1, 'a'.repeat(300_000), 2],
    [1, '"ä\n'.repeat(200_000), 2],
  ]
  expect(written(rows)).toBe(byCsvStringify(rows))
})

test('what is taken stays as it is while more is added', () => {
  const bytes = openCsvBytes()
  bytes.addCell(1)
  bytes.endRow()
  const taken = bytes.take()
  bytes.addUuid(Uint8Array.from({ length: 16 }, (_, i) => 17 * i))
  bytes.endRow()
  expect(Buffer.from(taken).toString()).toBe('1\n')
  expect(Buffer.from(bytes.take()).toString()).toBe('00112233-4455-6677-8899-aabbccddeeff\n')
})
