import { stringify } from 'csv-stringify/sync'

/** Undefined is an empty cell. */
export type Cell = string | number | undefined

/** Rows of a CSV file, as the bytes that csv-stringify would write. */
export interface CsvBytes {
  addCell: (cell: Cell) => void
  /** @param bytes 16 of them */
  addUuid: (bytes: Uint8Array) => void
  endRow: () => void
  /** How many bytes wait. */
  length: () => number
  /** The bytes that wait. From now on they belong to the caller. */
  take: () => Uint8Array
}

/**
 * csv-stringify writes text that needs quotes. Most cells of a long run are numbers, ids and single words, which need none. They
 * become bytes here: as strings, the files of a million requests would take four times as long.
 */
export function openCsvBytes(): CsvBytes {
  let bytes = Buffer.allocUnsafeSlow(room)
  let length = 0

  function makeRoom(more: number): void {
    if (length + more <= bytes.length) return
    const larger = Buffer.allocUnsafeSlow(2 * bytes.length + more)
    bytes.copy(larger, 0, 0, length)
    bytes = larger
  }

  function addText(text: string): void {
    if (isPlain(text)) {
      makeRoom(text.length + 1)
      length = putAscii(bytes, length, text)
    } else {
      const written = Buffer.from(textOf(text))
      makeRoom(written.length + 1)
      length += written.copy(bytes, length)
    }
  }

  return {
    addCell(cell) {
      makeRoom(longestNumber + 1)
      if (typeof cell === 'number') length = putNumber(bytes, length, cell)
      else if (cell !== undefined) addText(cell)
      bytes[length++] = comma
    },
    addUuid(uuid) {
      makeRoom(longestNumber + 1)
      length = putUuid(bytes, length, uuid)
      bytes[length++] = comma
    },
    endRow() {
      bytes[length - 1] = lineFeed
    },
    length: () => length,
    take() {
      const taken = bytes.subarray(0, length)
      bytes = Buffer.allocUnsafeSlow(room)
      length = 0
      return taken
    },
  }
}

const room = (1 << 16) + (1 << 12)
/** Characters of a number, or of a UUID. */
const longestNumber = 36

const [minus, point, comma, zero, lineFeed] = [0x2d, 0x2e, 0x2c, 0x30, 0x0a]

/*
 * Each of these writes from `at` on and returns the end of what it wrote.
 */

/** As `String(value)`. */
function putNumber(bytes: Uint8Array, at: number, value: number): number {
  if (Number.isSafeInteger(value)) return putWhole(bytes, at, value)
  const thousandths = Math.round(value * 1000)
  // The shortest text of a number is unique up to 15 digits (IEEE 754), so it has these digits.
  if (thousandths / 1000 !== value || Math.abs(thousandths) >= 1e15) return putAscii(bytes, at, String(value))
  const size = Math.abs(thousandths)
  const whole = Math.floor(size / 1000)
  if (value < 0) bytes[at++] = minus
  at = putWhole(bytes, at, whole)
  bytes[at++] = point
  at = putDigits(bytes, at, size - 1000 * whole, 3)
  while (bytes[at - 1] === zero) at--
  return at
}

function putWhole(bytes: Uint8Array, at: number, value: number): number {
  if (value < 0) {
    bytes[at++] = minus
    value = -value
  }
  if (value < 1e9) return putDigits(bytes, at, value, countDigits(value))
  const above = Math.floor(value / 1e9)
  return putDigits(bytes, putWhole(bytes, at, above), value - above * 1e9, 9)
}

/** The last digits of a whole number below a billion. */
function putDigits(bytes: Uint8Array, at: number, value: number, digits: number): number {
  let rest = value | 0
  for (let place = at + digits - 1; place >= at; place--) {
    const tenth = (rest / 10) | 0
    bytes[place] = zero + rest - 10 * tenth
    rest = tenth
  }
  return at + digits
}

function countDigits(value: number): number {
  let digits = 1
  for (let most = 10; value >= most; most *= 10) digits++
  return digits
}

const hexDigits = Buffer.from('0123456789abcdef')

function putUuid(bytes: Uint8Array, at: number, uuid: Uint8Array): number {
  for (let i = 0; i < 16; i++) {
    const byte = uuid[i]!
    if (i === 4 || i === 6 || i === 8 || i === 10) bytes[at++] = minus
    bytes[at++] = hexDigits[byte >>> 4]!
    bytes[at++] = hexDigits[byte & 15]!
  }
  return at
}

function putAscii(bytes: Uint8Array, at: number, text: string): number {
  for (let i = 0; i < text.length; i++) bytes[at++] = text.charCodeAt(i)
  return at
}

/** By code of the character: 1 if it needs no quotes. */
const plainCodes = new Uint8Array(128)
for (const code of Buffer.from('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ._:/-'))
  plainCodes[code] = 1

/** Whether csv-stringify would leave a text as it is. */
function isPlain(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code >= plainCodes.length || plainCodes[code] === 0) return false
  }
  return text.charCodeAt(0) !== minus
}

/**
 * Cells contain text from scenarios and servers. Text that a spreadsheet would run as a formula is neutralised
 * (https://owasp.org/www-community/attacks/CSV_Injection).
 */
function textOf(cell: string): string {
  return stringify([[cell]], { escape_formulas: true, eof: false })
}
