/** Said while something takes its time. */
export interface Progress {
  text: string
  /** Share done, 0 to 1, where it is known. */
  fraction?: number
}

export type OnProgress = (progress: Progress) => void
