import { hexDigit } from '../../system/chunked-body.js'

/** What the load engine needs from a response's status line and header fields (RFC 9112, 9110). */
export interface ResponseHead {
  status: number
  /** −1 if there was no content-length. */
  contentLength: number
  chunked: boolean
  /** False if the server closes the connection after this response. */
  keepAlive: boolean
  /** The UUID of x-request-id as four words in memory order; all 0 if there was none. */
  serverRequestId: Uint32Array
}

export function emptyHead(): ResponseHead {
  return {
    status: 0,
    contentLength: -1,
    chunked: false,
    keepAlive: true,
    serverRequestId: new Uint32Array(4),
  }
}

const LF = 0x0a
const CR = 0x0d
const SPACE = 0x20
const TAB = 0x09
const COLON = 0x3a

const CONTENT_LENGTH = lowerCase('content-length')
const TRANSFER_ENCODING = lowerCase('transfer-encoding')
const CONNECTION = lowerCase('connection')
const REQUEST_ID = lowerCase('x-request-id')
const CHUNKED = lowerCase('chunked')
const CLOSE = lowerCase('close')
const KEEP_ALIVE = lowerCase('keep-alive')

function lowerCase(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.toLowerCase(), 'latin1'))
}

/**
 * Parses the head in bytes[from, to) into `head`; returns the index after its empty line, or −1 if it is not HTTP/1.x
 * or not complete. For speed, it reads bytes instead of strings, and each byte once. A reason phrase may be empty
 * (TorchServe), and a line may end in a bare LF.
 */
export function parseResponseHead(bytes: Uint8Array, from: number, to: number, head: ResponseHead): number {
  head.contentLength = -1
  head.chunked = false
  clearId(head.serverRequestId)
  let at = parseStatusLine(bytes, from, to, head)
  while (at >= 0 && at < to) {
    const first = bytes[at]!
    if (first === LF) return at + 1
    if (first === CR && bytes[at + 1] === LF && at + 1 < to) return at + 2
    let lineEnd = at
    let colon = -1
    while (lineEnd < to && bytes[lineEnd] !== LF) {
      if (colon < 0 && bytes[lineEnd] === COLON) colon = lineEnd
      lineEnd++
    }
    if (lineEnd === to || colon <= at || !readField(bytes, at, colon, lineEnd, head)) return -1
    at = lineEnd + 1
  }
  return -1
}

/** Faster than a call of `fill` for ids of 4 words. */
export function clearId(id: Uint32Array): void {
  id[0] = 0
  id[1] = 0
  id[2] = 0
  id[3] = 0
}

/** Returns the index of the next line, or −1 if this is not a status line. */
function parseStatusLine(bytes: Uint8Array, from: number, to: number, head: ResponseHead): number {
  // "HTTP/1.x SSS" is 12 bytes. The first 7 were checked when they arrived.
  if (to - from < 13 || bytes[from + 8] !== SPACE) return -1
  const minor = bytes[from + 7]! - 0x30
  const hundreds = bytes[from + 9]! - 0x30
  const tens = bytes[from + 10]! - 0x30
  const ones = bytes[from + 11]! - 0x30
  if (minor < 0 || minor > 9 || hundreds < 1 || hundreds > 9) return -1
  if (tens < 0 || tens > 9 || ones < 0 || ones > 9) return -1
  const after = bytes[from + 12]!
  if (after !== SPACE && after !== CR && after !== LF) return -1
  head.status = hundreds * 100 + tens * 10 + ones
  head.keepAlive = minor > 0
  let at = from + 12
  while (bytes[at] !== LF) {
    if (++at >= to) return -1
  }
  return at + 1
}

function readField(
  bytes: Uint8Array,
  at: number,
  colon: number,
  lineEnd: number,
  head: ResponseHead,
): boolean {
  const length = colon - at
  // Most fields are not needed here, and their length is sufficient to skip them.
  if (length !== 14 && length !== 17 && length !== 10 && length !== 12) return true
  let start = colon + 1
  let end = lineEnd
  while (start < end && isBlank(bytes[start]!)) start++
  while (end > start && isBlank(bytes[end - 1]!)) end--
  if (length === 14 && equalsIgnoringCase(bytes, at, CONTENT_LENGTH)) {
    const value = decimal(bytes, start, end)
    if (value < 0 || (head.contentLength >= 0 && head.contentLength !== value)) return false
    head.contentLength = value
  } else if (length === 17 && equalsIgnoringCase(bytes, at, TRANSFER_ENCODING)) {
    // The last coding must be chunked. Other codings are not supported.
    if (end - start !== CHUNKED.length || !equalsIgnoringCase(bytes, start, CHUNKED)) return false
    head.chunked = true
  } else if (length === 10 && equalsIgnoringCase(bytes, at, CONNECTION)) {
    if (contains(bytes, start, end, CLOSE)) head.keepAlive = false
    else if (contains(bytes, start, end, KEEP_ALIVE)) head.keepAlive = true
  } else if (length === 12 && equalsIgnoringCase(bytes, at, REQUEST_ID)) {
    readUuid(bytes, start, end, head.serverRequestId)
  }
  return true
}

function isBlank(byte: number): boolean {
  return byte === SPACE || byte === TAB || byte === CR
}

function equalsIgnoringCase(bytes: Uint8Array, at: number, name: Uint8Array): boolean {
  for (let i = 0; i < name.length; i++) {
    // Setting bit 5 turns a letter into lower case and leaves a hyphen unchanged.
    if ((bytes[at + i]! | 0x20) !== name[i]) return false
  }
  return true
}

/** −1 unless it is a number below 10¹⁵. */
function decimal(bytes: Uint8Array, start: number, end: number): number {
  if (end === start || end - start > 15) return -1
  let value = 0
  for (let i = start; i < end; i++) {
    const digit = bytes[i]! - 0x30
    if (digit < 0 || digit > 9) return -1
    value = value * 10 + digit
  }
  return value
}

function contains(bytes: Uint8Array, start: number, end: number, word: Uint8Array): boolean {
  for (let at = start; at + word.length <= end; at++) {
    if (equalsIgnoringCase(bytes, at, word)) return true
  }
  return false
}

/** Leaves zeros unless it has 32 hexadecimal digits. Hyphens are ignored. */
function readUuid(bytes: Uint8Array, start: number, end: number, id: Uint32Array): void {
  let nibbles = 0
  let byte = 0
  let word = 0
  for (let i = start; i < end; i++) {
    const digit = hexDigit(bytes[i]!)
    if (digit < 0) {
      if (bytes[i] === 0x2d) continue
      nibbles = 33
      break
    }
    byte = (byte << 4) | digit
    if ((++nibbles & 1) === 0) {
      const place = (nibbles >>> 1) - 1
      word |= byte << ((place & 3) * 8)
      byte = 0
      if ((place & 3) === 3) {
        if (place < 16) id[place >>> 2] = word
        word = 0
      }
    }
  }
  if (nibbles !== 32) clearId(id)
}
