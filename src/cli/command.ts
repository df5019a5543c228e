import type { Argv } from 'yargs'
import type { ExitCode } from '../system/user-error.js'
import type { Interruption } from './interruption.js'

export interface CommandContext {
  interruption: Interruption
}

/**
 * One command of the command line: its words, its flags, and what it does. `Flags` spells what `builder` declares,
 * in camel case as yargs hands it over; the two stand next to each other in each command's file.
 */
export interface Command<Flags> {
  /** yargs' notation, such as `bench <scenario>`. */
  command: string
  describe: string
  builder: (yargs: Argv) => unknown
  /** Throws UserError for what the user can mend. */
  run: (flags: Flags, context: CommandContext) => Promise<ExitCode>
}

/** Results: what a user may pipe on. */
export function printResult(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** Everything that is said along the way. */
export function printNotice(text: string): void {
  process.stderr.write(`${text}\n`)
}
