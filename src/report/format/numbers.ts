import type { Spread } from '../../analysis/spread.js'

/** Three figures at most, so that a column of them reads at a glance; absent is empty. */
export function msInWords(ms: number | undefined): string {
  if (ms === undefined) return ''
  return ms.toFixed(ms >= 100 ? 0 : ms >= 10 ? 1 : 2)
}

export function fpsInWords(fps: number): string {
  return fps.toFixed(fps >= 1000 ? 0 : 1)
}

/** `37.0`, or `37.0 (36.1–38.2)` from two repetitions on: the range, or from eight on the interval. */
export function spreadInWords(spread: Spread | undefined): string {
  if (spread === undefined) return ''
  if (spread.repetitions < 2) return fpsInWords(spread.median)
  const { low, high } = spread.interval ?? { low: spread.min, high: spread.max }
  const [from, to] = [fpsInWords(low), fpsInWords(high)]
  // A range below the digits shown says nothing.
  return from === to ? from : `${fpsInWords(spread.median)} (${from}–${to})`
}

export function shareInWords(share: number | undefined): string {
  return share === undefined ? '' : `${(share * 100).toFixed(share > 0.9 && share < 1 ? 2 : 1)} %`
}

/** `166 (160–171)`: a percentile in ms and its 95 % interval. */
export function intervalInWords(
  percentile: { value: number; low: number; high: number } | undefined,
): string {
  if (percentile === undefined) return ''
  return `${msInWords(percentile.value)} (${msInWords(percentile.low)}–${msInWords(percentile.high)})`
}
