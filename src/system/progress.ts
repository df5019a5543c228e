/** The progress of a step that takes time. */
export interface Progress {
  text: string
  /** Completed share, 0 to 1, if it is known. */
  fraction?: number | undefined
}

export type OnProgress = (progress: Progress) => void
