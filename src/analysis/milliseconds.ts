/** µs to ms at µs resolution, as every table and file shows it; undefined where it never happened (NaN). */
export function toMs(us: number | undefined): number | undefined {
  return us === undefined || Number.isNaN(us) ? undefined : Math.round(us) / 1000
}
