import type { HeaderFields } from '../../server/grpc-response.js'
import { decodeHuffman } from './hpack-huffman.js'

/*
 * Header compression (RFC 7541) without the dynamic table, which our SETTINGS forbid to the server. So the same bytes
 * always mean the same fields, and a block that was decoded before need not be decoded again.
 */

/** The static table, from index 1 (RFC 7541, appendix A): name, and value if there is one. */
const staticTable = `
:authority
:method GET
:method POST
:path /
:path /index.html
:scheme http
:scheme https
:status 200
:status 204
:status 206
:status 304
:status 400
:status 404
:status 500
accept-charset
accept-encoding gzip, deflate
accept-language
accept-ranges
accept
access-control-allow-origin
age
allow
authorization
cache-control
content-disposition
content-encoding
content-language
content-length
content-location
content-range
content-type
cookie
date
etag
expect
expires
from
host
if-match
if-modified-since
if-none-match
if-range
if-unmodified-since
last-modified
link
location
max-forwards
proxy-authenticate
proxy-authorization
range
referer
refresh
retry-after
server
set-cookie
strict-transport-security
transfer-encoding
user-agent
vary
via
www-authenticate
`
  .trim()
  .split('\n')
  .map((line): [string, string] => {
    const [name = '', ...value] = line.split(' ')
    return [name, value.join(' ')]
  })

const staticNames = new Map(staticTable.map(([name], index) => [name, index + 1] as const).toReversed())

/**
 * Encodes a header block once, for all requests: each field is a literal that no table keeps, without Huffman coding, or
 * an entry of the static table.
 */
export function encodeHeaders(fields: HeaderFields): Buffer {
  return Buffer.concat(
    fields.map(([name, value]) => {
      const whole = staticTable.findIndex((entry) => entry[0] === name && entry[1] === value)
      if (whole >= 0) return integer(whole + 1, 7, 0x80)
      const index = staticNames.get(name) ?? 0
      return Buffer.concat([integer(index, 4, 0), ...(index === 0 ? [literal(name)] : []), literal(value)])
    }),
  )
}

function literal(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1')
  return Buffer.concat([integer(bytes.length, 7, 0), bytes])
}

/** An integer with a prefix of so many bits (RFC 7541, 5.1). */
function integer(value: number, prefixBits: number, firstBits: number): Buffer {
  const most = (1 << prefixBits) - 1
  if (value < most) return Buffer.of(firstBits | value)
  const bytes = [firstBits | most]
  let rest = value - most
  for (; rest >= 128; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80)
  bytes.push(rest)
  return Buffer.from(bytes)
}

/** Decodes the header block bytes[from, to); undefined if it is malformed or needs a dynamic table. */
export function decodeHeaders(bytes: Uint8Array, from: number, to: number): HeaderFields | undefined {
  const block: Cursor = { bytes, at: from, to, bad: false }
  const fields: [string, string][] = []
  while (block.at < to && !block.bad) {
    const first = bytes[block.at]!
    if (first >= 0x80) {
      const entry = staticTable[readInteger(block, 7) - 1]
      if (entry === undefined) return undefined
      fields.push(entry)
    } else if (first >= 0x40) fields.push(readLiteral(block, 6))
    // The size of the dynamic table. An entry of it would have no meaning here and be refused.
    else if (first >= 0x20) readInteger(block, 5)
    else fields.push(readLiteral(block, 4))
  }
  return block.bad ? undefined : fields
}

interface Cursor {
  bytes: Uint8Array
  at: number
  to: number
  bad: boolean
}

function readLiteral(block: Cursor, prefixBits: number): [string, string] {
  const index = readInteger(block, prefixBits)
  const name = index === 0 ? readText(block) : staticTable[index - 1]?.[0]
  if (name === undefined) block.bad = true
  return [name ?? '', readText(block)]
}

function readInteger(block: Cursor, prefixBits: number): number {
  const most = (1 << prefixBits) - 1
  let value = block.bytes[block.at++]! & most
  if (value < most) return value
  for (let shift = 0; shift < 28; shift += 7) {
    if (block.at >= block.to) break
    const byte = block.bytes[block.at++]!
    value += (byte & 0x7f) << shift
    if (byte < 0x80) return value
  }
  block.bad = true
  return 0
}

function readText(block: Cursor): string {
  if (block.at >= block.to) {
    block.bad = true
    return ''
  }
  const isHuffman = block.bytes[block.at]! >= 0x80
  const length = readInteger(block, 7)
  const from = block.at
  block.at += length
  if (block.bad || block.at > block.to) {
    block.bad = true
    return ''
  }
  if (!isHuffman)
    return Buffer.from(block.bytes.buffer, block.bytes.byteOffset + from, length).toString('latin1')
  const text = decodeHuffman(block.bytes, from, block.at)
  if (text === undefined) block.bad = true
  return text ?? ''
}
