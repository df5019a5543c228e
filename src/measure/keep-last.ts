/**
 * Makes a value per key and keeps only the last one, because a decoded video and its encodings are too large to keep
 * several.
 */
export function keepLast<Key, Value>(
  isSame: (one: Key, other: Key) => boolean,
  make: (key: Key) => Value,
): (key: Key) => Value {
  let kept: { key: Key; value: Value } | undefined
  return (key) => {
    if (kept === undefined || !isSame(kept.key, key)) {
      // Release the last value before the next one is made. Both together would double the memory.
      kept = undefined
      kept = { key, value: make(key) }
    }
    return kept.value
  }
}
