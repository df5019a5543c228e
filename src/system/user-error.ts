import { ExitCode } from './exit-code.js'

export interface UserErrorParts {
  /** The place: a file with line and column, a flag, a URL, a folder. */
  where?: string
  expected?: string
  received?: string
  /** What to do about it, as a sentence. */
  remedy?: string
  /** Text shown verbatim below the message: a caret excerpt, a worker's own words. */
  excerpt?: string
  exitCode?: ExitCode
  cause?: unknown
}

/**
 * A failure that its user can mend. The command line prints its parts without a stack trace and exits with
 * `exitCode` (default: usage). Everything else that is thrown counts as a bug of ours.
 */
export class UserError extends Error {
  override name = 'UserError'
  readonly exitCode: ExitCode
  readonly parts: UserErrorParts

  constructor(message: string, parts: UserErrorParts = {}) {
    super(message, { cause: parts.cause })
    this.parts = parts
    this.exitCode = parts.exitCode ?? ExitCode.usage
  }
}
