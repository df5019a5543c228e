/** A range of numbers of cameras, both ends included. */
export type Interval = [from: number, to: number]

/** The ranges of consecutive passing numbers from 1 to max. */
export function passingIntervals(passes: (cameras: number) => boolean, max: number): Interval[] {
  const intervals: Interval[] = []
  for (let cameras = 1; cameras <= max; cameras++) {
    if (!passes(cameras)) continue
    const last = intervals.at(-1)
    if (last !== undefined && last[1] === cameras - 1) last[1] = cameras
    else intervals.push([cameras, cameras])
  }
  return intervals
}

/** The largest N such that every n ≤ N passes; 0 if one camera fails already. */
export function planningCapacity(intervals: readonly Interval[]): number {
  const first = intervals[0]
  return first?.[0] === 1 ? first[1] : 0
}
