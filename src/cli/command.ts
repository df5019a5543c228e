import type { Argv } from 'yargs'
import type { ExitCode } from '../system/user-error.js'
import type { Interruption } from './interruption.js'
import { spellCommands } from './spell-commands.js'

export interface CommandContext {
  interruption: Interruption
}

/**
 * What one command accepts and does; its name and description are in `command-line.ts`, so that a command is loaded
 * only when it runs. `Flags` names what `builder` declares, in camel case as yargs passes it.
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
