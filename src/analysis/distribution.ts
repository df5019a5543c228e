/** Values in ascending order: a sorted array, or a distribution. A negative index counts from the end, as in `Array.at`. */
export interface Ascending {
  readonly length: number
  at: (index: number) => number | undefined
}

interface DistributionSize {
  /** Values above this number are counted and not kept. */
  mostKept: number
  /** The bins of an octave, as a power of two. */
  binBits: number
}

/**
 * The exact order statistics of any number of values in bounded memory. A few values are kept. More are counted in bins,
 * which are a small share of the value wide. An order statistic that is asked for is then missing: its bin is known, and the
 * value is found when all values are added once more, in any order (selection in several passes: Munro and Paterson,
 * Selection and sorting with limited storage, 1980).
 *
 *     for (const value of values) distribution.add(value)
 *     while (isNaN(distribution.at(i))) {
 *       distribution.readAgain()
 *       for (const value of values) distribution.add(value)
 *       distribution.endReading()
 *     }
 */
export class Distribution implements Ascending {
  length = 0
  private readonly mostKept: number
  private readonly binBits: number
  private kept: Float64Array | undefined = new Float64Array(16)
  private isSorted = false
  /** Counts by bin, one array per octave. */
  private readonly octaves: (Uint32Array | undefined)[] = []
  private readonly known = new Map<number, number>()
  private readonly missing = new Set<number>()
  /** Where a missing order statistic is, if that is known more closely than by its bin. */
  private readonly narrowed = new Map<number, Interval>()
  private reading: Selection[] | undefined

  constructor({ mostKept = 1 << 16, binBits = 14 }: Partial<DistributionSize> = {}) {
    this.mostKept = mostKept
    this.binBits = binBits
  }

  /** NaN, an event that never happened, is no value. */
  add(value: number): void {
    if (Number.isNaN(value)) return
    if (this.reading !== undefined) {
      select(this.reading, value)
      return
    }
    const { kept } = this
    if (kept === undefined) this.count(value)
    else if (this.length < this.mostKept) {
      if (this.length === kept.length) this.kept = enlarge(kept, 2 * kept.length)
      this.kept![this.length] = value
      this.isSorted = false
    } else {
      for (let i = 0; i < this.length; i++) this.count(kept[i]!)
      this.kept = undefined
      this.count(value)
    }
    this.length++
  }

  /** NaN if it is missing. It is then known after the values were read again, or asked for again. */
  at(index: number): number | undefined {
    const rank = index < 0 ? this.length + index : index
    if (rank < 0 || rank >= this.length) return undefined
    if (this.kept !== undefined) return this.sorted()![rank]
    const value = this.known.get(rank)
    if (value === undefined) this.missing.add(rank)
    return value ?? Number.NaN
  }

  get isMissing(): boolean {
    return this.missing.size > 0
  }

  /** All values, ascending; undefined if they were only counted. */
  sorted(): Float64Array | undefined {
    if (this.kept === undefined) return undefined
    const values = this.kept.subarray(0, this.length)
    if (!this.isSorted) values.sort()
    this.isSorted = true
    return values
  }

  /** Adds all values of another distribution with the same bins. */
  addAll(other: Distribution): void {
    const values = other.sorted()
    if (values !== undefined) {
      for (const value of values) this.add(value)
      return
    }
    for (const value of this.sorted() ?? []) this.count(value)
    this.kept = undefined
    for (const [octave, counts] of other.octaves.entries()) {
      if (counts === undefined) continue
      const own = (this.octaves[octave] ??= new Uint32Array(counts.length))
      for (const [bin, count] of counts.entries()) own[bin]! += count
    }
    this.length += other.length
  }

  /** From now on until `endReading`, the values that are added are those of before, once more. */
  readAgain(): void {
    const ranks = [...this.missing].toSorted((a, b) => a - b)
    const selections = new Map<number, Selection>()
    for (const [i, found] of this.findBins(ranks).entries()) {
      const interval = this.narrowed.get(ranks[i]!) ?? found
      const same = selections.get(interval.low)
      if (same === undefined) selections.set(interval.low, selectionIn(interval, ranks[i]!))
      else same.ranks.push(ranks[i]!)
    }
    this.reading = [...selections.values()]
    for (const selection of this.reading) prepare(selection, mostCollected / this.reading.length)
  }

  endReading(): void {
    for (const selection of this.reading ?? []) {
      selection.values?.sort()
      for (const rank of selection.ranks) {
        const found = findRank(selection, rank)
        if (found.low < found.high) this.narrowed.set(rank, found)
        else {
          this.known.set(rank, found.low)
          this.missing.delete(rank)
          this.narrowed.delete(rank)
        }
      }
    }
    this.reading = undefined
  }

  private count(value: number): void {
    const key = orderedKey(value)
    const octave = key >>> 20
    const counts = (this.octaves[octave] ??= new Uint32Array(1 << this.binBits))
    counts[(key >>> (20 - this.binBits)) & ((1 << this.binBits) - 1)]! += 1
  }

  /** @param ranks ascending */
  private findBins(ranks: readonly number[]): Interval[] {
    const found: Interval[] = []
    let below = 0
    for (const [octave, counts] of this.octaves.entries())
      for (const [bin, count] of counts?.entries() ?? []) {
        while (ranks[found.length]! < below + count)
          found.push({ ...edges(octave, bin, this.binBits), below, count })
        below += count
      }
    return found
  }
}

/** `count` values from `low` to `high`, both included, with `below` smaller ones. */
interface Interval {
  low: number
  high: number
  below: number
  count: number
}

/** The values of an interval in which order statistics are: all of them, or counts in equal parts if there are too many. */
interface Selection extends Interval {
  ranks: number[]
  values?: Float64Array
  parts?: { counts: Uint32Array; lows: Float64Array; highs: Float64Array }
  added: number
}

/** Values that all selections of a distribution keep at a time: 16 MB. */
const mostCollected = 1 << 21
const partsOfSelection = 1024

function selectionIn(interval: Interval, rank: number): Selection {
  return { ...interval, ranks: [rank], added: 0 }
}

function prepare(selection: Selection, most: number): void {
  if (selection.count <= most) selection.values = new Float64Array(selection.count)
  else
    selection.parts = {
      counts: new Uint32Array(partsOfSelection),
      lows: new Float64Array(partsOfSelection).fill(Number.POSITIVE_INFINITY),
      highs: new Float64Array(partsOfSelection).fill(Number.NEGATIVE_INFINITY),
    }
}

/** @param selections in ascending order */
function select(selections: readonly Selection[], value: number): void {
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
function findRank({ values, parts, below }: Selection, rank: number): Interval {
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

const double = new Float64Array(1)
const words = new Uint32Array(double.buffer)

/** The upper 32 bits of a value (sign, exponent, 20 bits of the fraction), in the order of values. */
function orderedKey(value: number): number {
  // −0 becomes 0.
  double[0] = value + 0
  const high = words[1]!
  return high >>> 31 === 1 ? ~high >>> 0 : (high | 0x80_00_00_00) >>> 0
}

/** The smallest and the largest value of a bin. */
function edges(octave: number, bin: number, binBits: number): { low: number; high: number } {
  const first = ((octave << 20) | (bin << (20 - binBits))) >>> 0
  const last = (first | ((1 << (20 - binBits)) - 1)) >>> 0
  const negative = first >>> 31 === 0
  const valueAt = (key: number, lowerBits: number) => {
    words[1] = negative ? ~key >>> 0 : (key & 0x7f_ff_ff_ff) >>> 0
    words[0] = lowerBits
    return double[0]!
  }
  return negative
    ? { low: valueAt(first, 0xff_ff_ff_ff), high: valueAt(last, 0) }
    : { low: valueAt(first, 0), high: valueAt(last, 0xff_ff_ff_ff) }
}

function enlarge(values: Float64Array, length: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(length)
  larger.set(values)
  return larger
}
