import { UserError } from '../errors/user-error.js'

/** Throws a UserError unless a flag that was given is a whole number of at least 1. */
export function requireWholeNumber(flag: string, value: number | undefined): void {
  if (value === undefined || (Number.isInteger(value) && value >= 1)) return
  throw new UserError(`${flag} needs a whole number`, {
    where: flag,
    expected: '1, 2, 3 …',
    received: String(value),
  })
}
