import type { AnswerShape } from '../../scenario/plan/plan.js'

/**
 * The result of a single frame or of a whole request: the JSON document, or the text of a body that is not JSON.
 */
export function wholeAnswer(body: Uint8Array): unknown {
  const document = parseJson(body)
  return document === undefined ? bodyText(body) : document
}

/** The bytes of a body as text; bytes that are not UTF-8 keep their values, so that different bodies stay different. */
function bodyText(body: Uint8Array): string {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const text = bytes.toString('utf8')
  return text.includes('\uFFFD') ? bytes.toString('latin1') : text
}

/** Undefined if the body is not JSON. */
export function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'))
  } catch {
    return undefined
  }
}

/** True if a request of this many frames is answered by one result per frame. */
export function isListed(shape: AnswerShape, frames: number): shape is { list: string } {
  return frames > 1 && shape !== 'none' && 'list' in shape
}

/**
 * The results in an answer to several frames, one per frame and in the order of the frames. Undefined if the document has
 * no list at `listKeys`, or one with a different number of results.
 */
export function listedResults(
  document: unknown,
  frames: number,
  listKeys: readonly string[],
): readonly unknown[] | undefined {
  const list = resolvePointer(document, listKeys)
  return Array.isArray(list) && list.length === frames ? list : undefined
}

/** The keys of a JSON pointer (RFC 6901); '' is the whole document. */
export function pointerKeys(pointer: string): string[] {
  if (pointer === '') return []
  return pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** The JSON pointer of a value inside the value at `pointer`. */
export function pointerTo(pointer: string, key: string): string {
  return `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
}

/** The value at the keys; undefined if there is none. */
export function resolvePointer(document: unknown, keys: readonly string[]): unknown {
  let value = document
  for (const key of keys) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = Reflect.get(value, key)
  }
  return value
}
