import { ExitCode } from '../system/exit-code.js'
import { formatUserError } from '../system/format-user-error.js'
import { UserError } from '../system/user-error.js'
import { messageOf, systemErrorCode } from '../system/processes/system-error.js'
import type { Interruption } from './interruption.js'
import { printNotice } from './print.js'

/** What the system answers where a disk is full or broken, or a folder may not be written: wherever it strikes, no bug. */
const refusals = new Set([
  'ENOSPC',
  'EDQUOT',
  'EROFS',
  'EACCES',
  'EPERM',
  'ENOTDIR',
  'EIO',
  'EMFILE',
  'ENFILE',
])

function refusedBySystem(error: unknown): UserError {
  return new UserError('the system refused to read or write a file', {
    received: messageOf(error),
    remedy: 'Make room and the folder accessible, or choose another one; then run the command again.',
    exitCode: ExitCode.environment,
  })
}

/** Says what went wrong, a user's mistake without a stack trace, and returns the exit code. */
export function explainFailure(error: unknown, interruption: Interruption): number {
  const interrupted = interruption.exitCode()
  if (error instanceof UserError) {
    if (interrupted === undefined) printNotice(formatUserError(error))
    return interrupted ?? error.exitCode
  }
  if (interrupted !== undefined && error instanceof Error && error.name === 'AbortError') return interrupted
  if (refusals.has(systemErrorCode(error) ?? '')) {
    printNotice(formatUserError(refusedBySystem(error)))
    return interrupted ?? ExitCode.environment
  }
  printNotice('This is a bug of Framestorm; please report it with the lines below.')
  printNotice(error instanceof Error ? (error.stack ?? error.message) : String(error))
  return ExitCode.bug
}
