/**
 * The rows of a part in order of a time, without those whose time is unknown (NaN). Rows are in order of completion, so most
 * are near their place and moving them there is fast. If a long queue lets requests overtake each other by far, a general
 * sort takes over.
 */
export function rowsInOrder(timesUs: Float64Array, count: number): Uint32Array {
  const rows = new Uint32Array(count)
  let length = 0
  let moves = 0
  for (let row = 0; row < count && moves < 50 * count; row++) {
    const us = timesUs[row]!
    if (Number.isNaN(us)) continue
    let place = length++
    for (; place > 0 && timesUs[rows[place - 1]!]! > us; place--) {
      rows[place] = rows[place - 1]!
      moves++
    }
    rows[place] = row
  }
  if (moves < 50 * count) return rows.subarray(0, length)
  const known = Uint32Array.from({ length: count }, (_, row) => row).filter(
    (row) => !Number.isNaN(timesUs[row]),
  )
  return known.toSorted((a, b) => timesUs[a]! - timesUs[b]!)
}
