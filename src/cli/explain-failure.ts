import { ExitCode } from '../errors/exit-code.js'
import { formatUserError } from '../errors/format-user-error.js'
import { UserError } from '../errors/user-error.js'
import type { Interruption } from './interruption.js'
import { printNotice } from './print.js'

/** Says what went wrong, a user's mistake without a stack trace, and returns the exit code. */
export function explainFailure(error: unknown, interruption: Interruption): number {
  const interrupted = interruption.exitCode()
  if (error instanceof UserError) {
    if (interrupted === undefined) printNotice(formatUserError(error))
    return interrupted ?? error.exitCode
  }
  if (interrupted !== undefined && error instanceof Error && error.name === 'AbortError') return interrupted
  printNotice('This is a bug of Framestorm; please report it with the lines below.')
  printNotice(error instanceof Error ? (error.stack ?? error.message) : String(error))
  return ExitCode.bug
}
