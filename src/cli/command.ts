import type { Argv } from 'yargs'
import { parseDurationMs, parseShare } from '../scenario/grammar/parse-quantity.js'
import { UserError, type ExitCode } from '../system/user-error.js'
import type { Interruption } from './interruption.js'
import { spellCommands } from './spell-commands.js'

export interface CommandContext {
  interruption: Interruption
}

/**
 * The flags and the action of one command. Its name and description are in `command-line.ts`, so that a command is
 * loaded only when it runs. `Flags` names what `builder` declares, in camel case as yargs passes it.
 */
export interface Command<Flags> {
  builder: (yargs: Argv) => unknown
  /** @throws UserError for what the user can fix */
  run: (flags: Flags, context: CommandContext) => Promise<ExitCode>
}

/** Prints a result on stdout, for a person or a pipe. */
export function printResult(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** Prints a status or an error on stderr, with commands spelled as this installation runs them. */
export function printNotice(text: string): void {
  process.stderr.write(`${spellCommands(text, process.env)}\n`)
}

interface Bounds {
  /** Smallest value allowed. */
  from?: number
  to?: number
}

/*
 * Flags with numbers are declared as text and parsed here. yargs would turn invalid text into NaN, and the error could
 * not show what was typed.
 */

/**
 * Reads a flag that takes a whole number, from 1 where `from` is not given.
 *
 * @param flag its name, such as `--batch-size`
 * @param given the text; undefined if the flag is absent and has no default
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

/** Like `readWholeNumber`, for a number above 0 that may have decimals. */
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

/** Reads a flag that takes a share above 0, written as a number up to 1 or in percent. */
export function readShare(flag: string, given: string): number {
  const percent = Number(given)
  return readFlag(flag, given, 'a share above 0 and at most 1, such as 0.8 or 80%', (share) => share > 0, {
    read: (text) => parseShare(text) ?? Number.NaN,
    remedy:
      percent >= 2 && percent <= 100
        ? `For ${percent} %, write ${percent}%.`
        : 'Give a share up to 1, or a percentage up to 100%.',
  })!
}

/** Reads a flag that takes a time such as `90s` or `5m`, in seconds. */
export function readDurationS(flag: string, given: string | undefined): number | undefined {
  const ms = readDurationMs(flag, given, '90s or 5m')
  return ms && ms / 1000
}

/** Reads a flag that takes a time, in ms. @param examples for the error: `200ms or 1s` */
export function readDurationMs(flag: string, given: string, examples: string): number
export function readDurationMs(flag: string, given: string | undefined, examples: string): number | undefined
export function readDurationMs(
  flag: string,
  given: string | undefined,
  examples: string,
): number | undefined {
  return readFlag(flag, given, `a time above 0, such as ${examples}`, (value) => value > 0, {
    read: (text) => parseDurationMs(text) ?? Number.NaN,
    remedy: 'Give a number and its unit: ms, s, m or h.',
  })
}

function readFlag(
  flag: string,
  given: string | readonly string[] | undefined,
  expected: string,
  isAllowed: (value: number) => boolean,
  { read = Number, remedy }: { read?: (text: string) => number; remedy?: string | undefined } = {},
): number | undefined {
  if (given === undefined) return undefined
  const value = typeof given === 'string' && given.trim() !== '' ? read(given) : Number.NaN
  if (isAllowed(value)) return value
  throw new UserError(`${flag} is not valid`, {
    where: flag,
    expected,
    // yargs returns a list if a flag is repeated.
    received: typeof given === 'string' ? given || 'nothing' : `${given.length} values`,
    remedy,
  })
}
