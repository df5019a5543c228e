/** `count` values from `low` to `high`, both included, with `below` smaller ones. */
export interface Interval {
  low: number
  high: number
  below: number
  count: number
}

/** The values of an interval in which order statistics are: all of them, or counts in equal parts if there are too many. */
export interface Selection extends Interval {
  ranks: number[]
  values?: Float64Array
  parts?: { counts: Uint32Array; lows: Float64Array; highs: Float64Array }
  added: number
}

/** Values that all selections of a distribution keep at a time: 16 MB. */
export const mostCollected = 1 << 21
const partsOfSelection = 1024

export function prepare(selection: Selection, most: number): void {
  // All are equal, such as infinity: nothing has to be found.
  if (selection.low === selection.high) return
  if (selection.count <= most) selection.values = new Float64Array(selection.count)
  else
    selection.parts = {
      counts: new Uint32Array(partsOfSelection),
      lows: new Float64Array(partsOfSelection).fill(Number.POSITIVE_INFINITY),
      highs: new Float64Array(partsOfSelection).fill(Number.NEGATIVE_INFINITY),
    }
}

/** @param selections in ascending order */
export function select(selections: readonly Selection[], value: number): void {
  let [from, to] = [0, selections.length - 1]
  while (from < to) {
    const middle = (from + to + 1) >>> 1
    if (selections[middle]!.low <= value) from = middle
    else to = middle - 1
  }
  const selection = selections[from]
  if (selection === undefined || value < selection.low || value > selection.high) return
  const { low, high, values, parts } = selection
  if (values !== undefined) values[selection.added++] = value
  else if (parts !== undefined) {
    // Each step is monotone in floating point too, so the parts are in order.
    const share = Math.floor(((value - low) / (high - low)) * partsOfSelection)
    const part = Math.min(partsOfSelection - 1, share)
    parts.counts[part]! += 1
    if (value < parts.lows[part]!) parts.lows[part] = value
    if (value > parts.highs[part]!) parts.highs[part] = value
  }
}

/** Where an order statistic is: at a value (low = high), or in a smaller interval. */
export function findRank({ low, high, values, parts, below }: Selection, rank: number): Interval {
  if (low === high) return { low, high, below: rank, count: 1 }
  if (values !== undefined) {
    const value = values[rank - below]!
    return { low: value, high: value, below: rank, count: 1 }
  }
  for (const [part, count] of parts!.counts.entries()) {
    if (rank < below + count) return { low: parts!.lows[part]!, high: parts!.highs[part]!, below, count }
    below += count
  }
  throw new Error('the values that were read again are others')
}
