/** What is going on while something takes its time. */
export interface Progress {
  text: string
  /** Share done, 0 to 1, if it is known. */
  fraction?: number | undefined
}

export type OnProgress = (progress: Progress) => void
