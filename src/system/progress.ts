/** The progress of a step that takes time. */
export interface Progress {
  text: string
  /** Completed share, 0 to 1, if it is known. */
  fraction?: number | undefined
}

export type OnProgress = (progress: Progress) => void

/**
 * Does the work, and says every 10 s that it still goes on, unless it said something itself.
 *
 * @param what what is done, until the work says it: `loading resnet-18`
 */
export async function whileSaying<T>(
  what: string,
  {
    onProgress,
    sayEveryMs = 10_000,
  }: { onProgress?: OnProgress | undefined; sayEveryMs?: number | undefined },
  work: (onProgress: OnProgress) => Promise<T>,
): Promise<T> {
  let step = what
  let began = Date.now()
  const saying = setInterval(() => {
    onProgress?.({ text: `still ${step} (${Math.round((Date.now() - began) / 1000)} s)` })
  }, sayEveryMs)
  try {
    return await work((progress) => {
      step = progress.text
      began = Date.now()
      saying.refresh()
      onProgress?.(progress)
    })
  } finally {
    clearInterval(saying)
  }
}
