/** What the process tells its caller; documented in docs/exit-codes.md and relied on by CI. */
export const ExitCode = {
  pass: 0,
  /** A regression was found, or a threshold failed. */
  regression: 1,
  /** The command line or the scenario is wrong. */
  usage: 2,
  /** The machine or the server is not fit: no ffmpeg, no Python, server down, disk full. */
  environment: 3,
  /** A headline rests on a measurement that may not be believed. */
  invalid: 4,
  inconclusive: 5,
  /** A mistake of ours: the only case that shows a stack trace (sysexits.h EX_SOFTWARE). */
  bug: 70,
  sigint: 130,
  sigterm: 143,
} as const

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode]
