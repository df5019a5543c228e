/** One line of the table: what was asked, what was found. */
export interface BenchRow {
  what: string
  mustReach: string
  measured: string
  /** Undefined: not measured here, and `measured` says why. */
  reached: boolean | undefined
}

/** What every row works with. */
export interface Bench {
  /** A folder for files, removed at the end. */
  folder: string
  /** Shorter windows and fewer rounds: to see that it runs, not for figures. */
  quick: boolean
  say: (line: string) => void
}
