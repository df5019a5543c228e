/**
 * The results in an answer, one per frame of the request and in the order of the frames. Undefined if the answer is not
 * JSON, has no list at `listKeys`, or has a different number of results. For a single frame, a result without a list is
 * accepted, because handlers answer a raw JPEG in this way.
 */
export function resultsInAnswer(
  body: Uint8Array,
  frames: number,
  listKeys: readonly string[],
): readonly unknown[] | undefined {
  let document: unknown
  try {
    document = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'))
  } catch {
    return undefined
  }
  const found = resolvePointer(document, listKeys)
  // The pointer describes answers to several frames. The answer to a single frame may be the result itself.
  const list = found === undefined && frames === 1 ? document : found
  if (Array.isArray(list)) return list.length === frames ? list : undefined
  return frames === 1 && list !== null ? [list] : undefined
}

/** The keys of a JSON pointer (RFC 6901); '' is the whole document. */
export function pointerKeys(pointer: string): string[] {
  if (pointer === '') return []
  return pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
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
