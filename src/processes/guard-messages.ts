/** What the guard is asked to run; its working directory and environment are the guard's own. */
export interface GuardOrder {
  command: string
  args: string[]
  /** Between SIGTERM and SIGKILL. */
  graceMs: number
  /** A folder that goes with the process, whichever way it ends. */
  removeAfter?: string
}

export type GuardReport =
  | { kind: 'started'; pid: number }
  | { kind: 'failed'; code: string; message: string }
  | { kind: 'exited'; code: number | null; signal: NodeJS.Signals | null }
