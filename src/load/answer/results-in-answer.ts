import { resolvePointer } from './json-pointer.js'

/**
 * The results in an answer, one for each frame of the request and in their order; undefined where the answer is
 * not JSON, has no list where it should, or another number of results. For a single frame a bare result counts as
 * a list of one: that is how a handler answers a raw JPEG.
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
  // The pointer speaks of answers to several frames: a single one may be the answer itself.
  const list = found === undefined && frames === 1 ? document : found
  if (Array.isArray(list)) return list.length === frames ? list : undefined
  return frames === 1 && list !== null ? [list] : undefined
}
