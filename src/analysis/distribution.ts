import { findRank, type Interval, mostCollected, prepare, select, type Selection } from './selection.js'

/** Values in ascending order: a sorted array, or a distribution. A negative index counts from the end, as in `Array.at`. */
export interface Ascending {
  readonly length: number
  at: (index: number) => number | undefined
}

interface DistributionSize {
  /** Values above this number are counted and not kept; 131,072 if it is not given. */
  mostKept?: number | undefined
  /** The bins of an octave, as a power of two; 14 if it is not given. */
  binBits?: number | undefined
}

export type Range = Pick<Interval, 'low' | 'high'>

/** The bins of the values between two powers of two. */
interface Octave {
  /** In the order of values. */
  number: number
  counts: Uint32Array
  /** 1 if the bin has values that are collected in this reading. */
  isSelected: Uint8Array
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
 *       for (const value of values) distribution.again.add(value)
 *       distribution.endReading()
 *     }
 */
export class Distribution implements Ascending {
  length = 0
  private readonly mostKept: number
  private readonly binBits: number
  private kept: Float64Array | undefined = new Float64Array(16)
  private isSorted = false
  private readonly octaves = new Map<number, Octave>()
  /** Some of the octaves, by the last three bits of their numbers. */
  private readonly recent: (Octave | undefined)[] = Array.from({ length: 8 }, () => undefined)
  private readonly known = new Map<number, number>()
  private readonly missing = new Set<number>()
  /** Where a missing order statistic is, if that is known more closely than by its bin. */
  private readonly narrowed = new Map<number, Interval>()
  private reading: Selection[] | undefined

  constructor({ mostKept = 1 << 17, binBits = 14 }: DistributionSize = {}) {
    this.mostKept = mostKept
    this.binBits = binBits
  }

  /** NaN, an event that never happened, is no value. */
  add(value: number): void {
    if (Number.isNaN(value)) return
    if (this.kept === undefined) this.count(value)
    else this.keep(value, this.kept)
    this.length++
  }

  /** Faster than `add` for each of them. */
  addEach(values: Float64Array): void {
    for (let i = 0; i < values.length; i++) this.add(values[i]!)
  }

  private keep(value: number, kept: Float64Array): void {
    if (this.length < this.mostKept) {
      if (this.length === kept.length) {
        this.kept = new Float64Array(2 * kept.length)
        this.kept.set(kept)
      }
      this.kept![this.length] = value
      this.isSorted = false
    } else {
      for (let i = 0; i < this.length; i++) this.count(kept[i]!)
      this.kept = undefined
      this.count(value)
    }
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

  /** Between which values an order statistic is: both are its value unless it is missing. */
  rangeAt(index: number): Range {
    const value = this.at(index) ?? Number.NaN
    if (!Number.isNaN(value)) return { low: value, high: value }
    return this.narrowed.get(index) ?? this.findBins([index])[0]!
  }

  /** Takes the values once more, between `readAgain` and `endReading`; at any other time it takes nothing. */
  readonly again = {
    add: (value: number): void => this.addAgain(value),
    addEach: (values: Float64Array): void => {
      for (let i = 0; i < values.length; i++) this.addAgain(values[i]!)
    },
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
      this.addEach(values)
      return
    }
    for (const value of this.sorted() ?? []) this.count(value)
    this.kept = undefined
    for (const { number, counts } of other.octaves.values()) {
      const own = this.octaveAt(number).counts
      for (let bin = 0; bin < counts.length; bin++) own[bin]! += counts[bin]!
    }
    this.length += other.length
  }

  /** From now on until `endReading`, all values of before are added to `again`. */
  readAgain(): void {
    const ranks = [...this.missing].toSorted((a, b) => a - b)
    const selections = new Map<number, Selection>()
    for (const [i, found] of this.findBins(ranks).entries()) {
      const interval = this.narrowed.get(ranks[i]!) ?? found
      const same = selections.get(interval.low)
      if (same === undefined) selections.set(interval.low, { ...interval, ranks: [ranks[i]!], added: 0 })
      else same.ranks.push(ranks[i]!)
    }
    this.reading = [...selections.values()]
    const values = this.reading.reduce((sum, { count }) => sum + count, 0)
    const most = values <= mostCollected ? values : mostCollected / this.reading.length
    for (const selection of this.reading) {
      prepare(selection, most)
      const key = orderedKey(selection.low)
      this.octaveAt(key >>> 20).isSelected[this.binAt(key)] = 1
    }
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
    for (const { isSelected } of this.octaves.values()) isSelected.fill(0)
  }

  private addAgain(value: number): void {
    if (this.reading === undefined || Number.isNaN(value)) return
    const key = orderedKey(value)
    if (this.octaveAt(key >>> 20).isSelected[this.binAt(key)] === 1) select(this.reading, value)
  }

  private count(value: number): void {
    const key = orderedKey(value)
    this.octaveAt(key >>> 20).counts[this.binAt(key)]! += 1
  }

  private binAt(key: number): number {
    return (key >>> (20 - this.binBits)) & ((1 << this.binBits) - 1)
  }

  private octaveAt(number: number): Octave {
    const recent = this.recent[number & 7]
    return recent?.number === number ? recent : this.findOctave(number)
  }

  private findOctave(number: number): Octave {
    const bins = 1 << this.binBits
    const octave = this.octaves.get(number) ?? {
      number,
      counts: new Uint32Array(bins),
      isSelected: new Uint8Array(bins),
    }
    this.octaves.set(number, octave)
    this.recent[number & 7] = octave
    return octave
  }

  /** @param ranks ascending */
  private findBins(ranks: readonly number[]): Interval[] {
    const found: Interval[] = []
    let below = 0
    for (const { number, counts } of [...this.octaves.values()].toSorted((a, b) => a.number - b.number))
      for (let bin = 0; bin < counts.length; bin++) {
        const count = counts[bin]!
        if (count === 0) continue
        while (ranks[found.length]! < below + count)
          found.push({ ...edges(number, bin, this.binBits), below, count })
        below += count
      }
    return found
  }
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
    ? // −0 counts as 0, which is in the next bin.
      {
        low: orInfinity(valueAt(first, 0xff_ff_ff_ff), Number.NEGATIVE_INFINITY),
        high: valueAt(last, 0) || -Number.MIN_VALUE,
      }
    : { low: valueAt(first, 0), high: orInfinity(valueAt(last, 0xff_ff_ff_ff), Number.POSITIVE_INFINITY) }
}

/** The bin of an infinity has no other value. */
function orInfinity(value: number, infinity: number): number {
  return Number.isNaN(value) ? infinity : value
}
