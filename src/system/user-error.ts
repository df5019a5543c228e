/** The exit codes of the process, documented in docs/exit-codes.md. CI relies on them. */
export const ExitCode = {
  pass: 0,
  /** A regression was found, or a threshold failed. */
  regression: 1,
  /** The command line or the scenario is wrong. */
  usage: 2,
  /** The machine or the server is not usable: no ffmpeg, no Python, server down, disk full. */
  environment: 3,
  /** A headline depends on a measurement that is not valid. */
  invalid: 4,
  inconclusive: 5,
  /** A bug in Framestorm, the only case that shows a stack trace (sysexits.h EX_SOFTWARE). */
  bug: 70,
  sigint: 130,
  sigterm: 143,
} as const

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode]

/**
 * What a failure is limited to. `point`: the requests of one point, or their answers. `model`: one model on one server.
 * Other points can still be measured.
 */
export type FailureScope = 'point' | 'model'

export interface UserErrorParts {
  /** The place: a file with line and column, a flag, a URL, a folder. */
  where?: string | undefined
  /** The request that failed: method, path, content type and its body, shortened. */
  sent?: string | undefined
  expected?: string | undefined
  received?: string | undefined
  /** Path of the log that says more. */
  log?: string | undefined
  /** How to fix it, as one or more sentences. */
  remedy?: string | undefined
  /** Text shown verbatim below the message, such as an excerpt with a caret or a worker's message. */
  excerpt?: string | undefined
  exitCode?: ExitCode | undefined
  /** What cannot be measured; undefined: nothing can. */
  concerns?: FailureScope | undefined
  /** True if what was measured before is good, and the run can be resumed once the remedy was followed. */
  resumable?: boolean | undefined
  cause?: unknown
}

/**
 * A failure that the user can fix. The command line prints its parts without a stack trace and exits with `exitCode`
 * (default: usage). Every other error counts as a bug in Framestorm.
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

/** Does work whose user errors are limited to `scope`. */
export async function limitFailures<T>(scope: FailureScope, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    const { exitCode, cause } = error
    throw new UserError(error.message, { concerns: scope, ...error.parts, exitCode, cause })
  }
}

/**
 * The text for the user: `error: message`, then each known part. Further lines of a part are indented. It is plain text
 * without colours, so that it can also be written to a file or a report.
 */
export function formatUserError(error: UserError): string {
  const { where, sent, expected, received, log, remedy, excerpt } = error.parts
  const lines = [`error: ${error.message}`]
  // Further lines of a part are aligned with its first one.
  const add = (label: string, text: string) =>
    lines.push(`  ${label.padEnd(8)}  ${text.replaceAll('\n', `\n${' '.repeat(12)}`)}`)
  if (where !== undefined) add('at', where)
  if (excerpt !== undefined) lines.push('', excerpt, '')
  if (sent !== undefined) add('sent', sent)
  if (expected !== undefined) add('expected', expected)
  if (received !== undefined) add('received', received)
  if (log !== undefined) add('log', log)
  if (remedy !== undefined) add('remedy', remedy)
  return lines.join('\n')
}

/** The system's error code, such as `ENOENT`; undefined if there is none. */
export function systemErrorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** The message of a thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
