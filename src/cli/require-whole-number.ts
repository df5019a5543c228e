import { UserError } from '../system/user-error.js'

/** Throws a UserError unless a flag that was given is a whole number within these bounds, which count themselves. */
export function requireWholeNumber(
  flag: string,
  value: number | undefined,
  { from = 1, to = Number.MAX_SAFE_INTEGER }: { from?: number; to?: number } = {},
): void {
  if (value === undefined || (Number.isInteger(value) && value >= from && value <= to)) return
  throw new UserError(`${flag} needs a whole number`, {
    where: flag,
    expected: to === Number.MAX_SAFE_INTEGER ? `${from}, ${from + 1}, ${from + 2} …` : `${from} to ${to}`,
    received: Number.isNaN(value) ? 'something else' : String(value),
  })
}
