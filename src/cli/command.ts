import type { ArgumentsCamelCase, Argv } from 'yargs'
import type { ExitCode } from '../errors/exit-code.js'
import type { Interruption } from './interruption.js'

export interface CommandContext {
  interruption: Interruption
}

/** One command of the command line: its words, its flags, and what it does. */
export interface Command<Flags> {
  /** yargs' notation, such as `bench <scenario>`. */
  command: string
  describe: string
  builder: (yargs: Argv) => Argv<Flags>
  /** Throws UserError for what the user can mend. */
  run: (flags: ArgumentsCamelCase<Flags>, context: CommandContext) => Promise<ExitCode>
}
