/*
 * What a server says about a failure, as one printable line without secrets. A server may answer with anything: HTML,
 * bytes, escape sequences, or the headers that it received.
 */

/** Longest message that is kept or shown. */
const longestMessage = 300

export interface MessageOptions {
  /** Texts that must not appear, such as the token of the request. */
  secrets?: readonly string[]
  /** Whether only the beginning of the body is there. Its end may then be a part of a secret. */
  isCut?: boolean
  /** Characters of the result. */
  limit?: number
}

/** The message in the body of an error answer; '' if the body is empty. */
export function serverMessage(body: Uint8Array, options: MessageOptions = {}): string {
  return readBody(body, options, messageIn)
}

/** Bytes of a body that are read for an excerpt. */
const excerptBytes = 4096

/** The beginning of a body, for people; `an empty body` if there is none. */
export function bodyExcerpt(body: Uint8Array, options: MessageOptions = {}): string {
  if (body.length === 0) return 'an empty body'
  const isCut = options.isCut === true || body.length > excerptBytes
  return readBody(body.subarray(0, excerptBytes), { ...options, isCut }, (text) => text)
}

function readBody(
  body: Uint8Array,
  { secrets = [], isCut = false, limit = longestMessage }: MessageOptions,
  read: (text: string) => string,
): string {
  const text = decodeText(body)
  if (text === undefined) return `(${body.length}${isCut ? ' or more' : ''} bytes that are not text)`
  const longestSecret = Math.max(0, ...secrets.map(({ length }) => length))
  const safe = isCut ? text.slice(0, -longestSecret || undefined) : text
  return printableText(maskSecrets(read(safe), secrets), limit)
}

/** Undefined if the bytes are not text: more than one character in ten cannot be decoded or printed. */
function decodeText(body: Uint8Array): string | undefined {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8')
  const unreadable = text.replaceAll('\u001b', ' ').match(/(?!\s)\p{Cc}|\ufffd/gu)?.length ?? 0
  return unreadable > text.length / 10 ? undefined : text
}

function messageIn(text: string): string {
  const trimmed = text.trim()
  if (/^<(!doctype|html|head|body|\?xml)\b/i.test(trimmed)) return withoutTags(trimmed)
  if (!/^[{[]/.test(trimmed)) return trimmed
  let parsed: unknown
  try {
    parsed = JSON.parse(trimmed)
  } catch {
    // Most likely cut. TorchServe writes type before message.
    const field = (name: string) => new RegExp(`"${name}"\\s*:\\s*"((?:[^"\\\\]|\\\\.)*)`).exec(trimmed)?.[1]
    return joinTypeAndMessage(field('type'), field('message')) ?? trimmed
  }
  return messageInJson(parsed) ?? trimmed
}

/**
 * TorchServe's errors are `{ code, type, message }` (frontend NettyUtils.java). Others use `message`, `error`, `detail`
 * or `reason`, perhaps in an object `error`.
 */
function messageInJson(parsed: unknown): string | undefined {
  if (typeof parsed === 'string') return parsed
  if (typeof parsed !== 'object' || parsed === null) return undefined
  const field = (name: string): unknown =>
    Object.hasOwn(parsed, name) ? Reflect.get(parsed, name) : undefined
  for (const name of ['message', 'error', 'detail', 'reason', 'msg']) {
    const found = field(name)
    if (typeof found === 'string') return joinTypeAndMessage(field('type'), found)
    if (typeof found === 'object' && found !== null) return messageInJson(found) ?? JSON.stringify(found)
  }
  return undefined
}

function joinTypeAndMessage(type: unknown, message: string | undefined): string | undefined {
  if (message === undefined) return undefined
  return typeof type === 'string' && type !== '' ? `${type}: ${message}` : message
}

function withoutTags(html: string): string {
  return html
    .replaceAll(/<(script|style)\b[\s\S]*?<\/\1\s*>/gi, ' ')
    .replaceAll(/<(title|h1)\b[^>]*>([^<]*)<\/\1\s*>/gi, '$2. ')
    .replaceAll(/<[^>]*>/g, ' ')
}

/** `Authorization: Bearer …` and the like, JSON Web Tokens, `token=…` and `api_key: …`, the user and password of a URL. */
const secretForms: readonly [RegExp, string][] = [
  [/\b(Bearer|Basic)(\s+|%20)["']?[\w.~+/=-]{6,}/gi, '$1 ***'],
  [/\beyJ[\w-]{6,}\.[\w-]*(?:\.[\w-]*)?/g, '***'],
  [
    /\b((?:x-)?(?:api[-_]?key|access[-_]?token|auth[-_]?token|token|password|passwd|secret)["']?\s*[=:]\s*["']?)(?!\s)[\w.~+/%=-]{6,}/gi,
    '$1***',
  ],
  [/([a-z][\w+.-]*:\/\/)[^\s/?#@]+@/gi, '$1***@'],
]

/** The text without these secrets, and without whatever looks like one. */
export function maskSecrets(text: string, secrets: readonly string[] = []): string {
  let masked = text
  for (const secret of secrets) if (secret !== '') masked = masked.replaceAll(secret, '***')
  for (const [form, mask] of secretForms) masked = masked.replaceAll(form, mask)
  return masked
}

// oxlint-disable-next-line no-control-regex -- escape sequences are what is looked for
const escapeSequences = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|.)/g
/** Control characters and line breaks of all kinds, and characters that change the direction of a text. */
const unprintable = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu

/** A server's text as one line of at most `limit` characters. It must not move the cursor or colour the terminal. */
export function printableText(text: string, limit = longestMessage): string {
  const line = text
    .slice(0, 20 * limit)
    .replaceAll(escapeSequences, '')
    .replaceAll(unprintable, ' ')
    .replaceAll(/ {2,}/g, ' ')
    .trim()
  return line.length > limit ? `${line.slice(0, limit).trimEnd()}…` : line
}
