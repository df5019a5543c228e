import { median, quantileSorted } from 'simple-statistics'
import { Phase, type RequestColumns } from '../../src/run/record.js'

/** A figure for each request of the window, sorted; NaN are left out. */
export function sortedOfWindow(requests: RequestColumns, figure: (row: number) => number): Float64Array {
  const values: number[] = []
  for (let row = 0; row < requests.count; row++) {
    const value = figure(row)
    if (requests.phase[row] === Phase.measured && !Number.isNaN(value)) values.push(value)
  }
  return Float64Array.from(values).toSorted()
}

export function countOfWindow(requests: RequestColumns): number {
  return requests.phase.reduce((count, phase) => count + (phase === Phase.measured ? 1 : 0), 0)
}

export function quantile(sorted: Float64Array, share: number): number {
  return quantileSorted([...sorted], share)
}

export const ms = (us: number) => `${(us / 1000).toFixed(3)} ms`
export const mb = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(0)} MB`
export const percent = (share: number) => `${(share * 100).toFixed(1)} %`

/** `1.08 (1.05 … 1.11)`: the median and the range of a few rounds. */
export function medianAndRange(values: readonly number[], digits = 2): string {
  const text = (value: number) => value.toFixed(digits)
  return `${text(median([...values]))} (${text(Math.min(...values))} … ${text(Math.max(...values))})`
}
