import { UserError } from '../system/user-error.js'

interface Bounds {
  /** Smallest value allowed. */
  from?: number
  to?: number
}

/*
 * Flags with numbers are declared as text, and read here: yargs' own numbers turn what cannot be read into NaN, and
 * an error could no longer show what was typed.
 */

/**
 * Reads a flag that takes a whole number, from 1 where `from` is not given.
 *
 * @param flag as typed, such as `--batch-size`
 * @param given the text; undefined where the flag is absent and has no default
 * @throws UserError unless the text is a whole number within the bounds
 */
export function readWholeNumber(flag: string, given: string, bounds?: Bounds): number
export function readWholeNumber(flag: string, given: string | undefined, bounds?: Bounds): number | undefined
export function readWholeNumber(
  flag: string,
  given: string | undefined,
  { from = 1, to = Number.MAX_SAFE_INTEGER }: Bounds = {},
): number | undefined {
  const expected =
    to === Number.MAX_SAFE_INTEGER
      ? `a whole number, ${from} or more`
      : `a whole number from ${from} to ${to}`
  return readFlag(flag, given, expected, (value) => Number.isInteger(value) && value >= from && value <= to)
}

/** As `readWholeNumber`, for a number above 0 that may have decimals. */
export function readNumber(flag: string, given: string, bounds?: Pick<Bounds, 'to'>): number
export function readNumber(
  flag: string,
  given: string | undefined,
  bounds?: Pick<Bounds, 'to'>,
): number | undefined
export function readNumber(
  flag: string,
  given: string | undefined,
  { to = Number.POSITIVE_INFINITY }: Pick<Bounds, 'to'> = {},
): number | undefined {
  const expected = to === Number.POSITIVE_INFINITY ? 'a number above 0' : `a number above 0, at most ${to}`
  return readFlag(flag, given, expected, (value) => value > 0 && value <= to && Number.isFinite(value))
}

function readFlag(
  flag: string,
  given: string | readonly string[] | undefined,
  expected: string,
  isAllowed: (value: number) => boolean,
): number | undefined {
  if (given === undefined) return undefined
  const value = typeof given === 'string' && given.trim() !== '' ? Number(given) : Number.NaN
  if (isAllowed(value)) return value
  throw new UserError(`${flag} is not valid`, {
    where: flag,
    expected,
    // yargs gives a list where a flag is repeated.
    received: typeof given === 'string' ? given || 'nothing' : `${given.length} values`,
  })
}
