/** Index into `phases`: 0 warm-up, 1 measured, 2 drain. The window is [startUs, endUs); Infinity while unknown. */
export function phaseAt(us: number, startUs: number, endUs: number): number {
  if (us < startUs) return 0
  return us < endUs ? 1 : 2
}
