/** Makes a value per key and keeps the last one only: a decoded video or its encodings are too large to keep several. */
export function keepLast<Key, Value>(
  isSame: (one: Key, other: Key) => boolean,
  make: (key: Key) => Value,
): (key: Key) => Value {
  let kept: { key: Key; value: Value } | undefined
  return (key) => {
    if (kept === undefined || !isSame(kept.key, key)) {
      // Let go of the last one before the next is made: both at once would double the memory.
      kept = undefined
      kept = { key, value: make(key) }
    }
    return kept.value
  }
}
