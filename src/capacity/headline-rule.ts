/** Compares client batching with the server's own wait for a batch of the same size. */
export interface HeadlineQuestion {
  fps: number
  /** Frames per batch, ascending; 1 is no batching and is left out. */
  batchSizes: number[]
  /** Cameras per edge device, ascending. */
  camerasPerClient: number[]
  /** maxBatchDelay of server batching. */
  maxBatchDelayMs: number
}

export interface HeadlineCell {
  batchSize: number
  camerasPerClient: number
  /** Added to the frame latency of the oldest frame of a batch, before it is sent. */
  fillWaitMs: number
  /** `client` if its frames wait no longer than the server would make them wait. */
  prefer: 'client' | 'server'
}

export interface HeadlineRule {
  cells: HeadlineCell[]
  /** For each batch size, the fewest cameras per edge device with which client batching costs no more latency. */
  needed: { batchSize: number; camerasPerClient: number }[]
}

/**
 * How long the first frame of a client batch waits for the last one: K − 1 more captures of n cameras at a rate. Assumes
 * evenly spread phases; aligned cameras fill faster in bursts, but not on average.
 */
export function fillWaitMs(framesPerRequest: number, camerasPerClient: number, fps: number): number {
  return ((framesPerRequest - 1) * 1000) / (camerasPerClient * fps)
}

/** The fewest cameras on one edge device that fill a batch within `withinMs`. */
export function camerasToFill(framesPerRequest: number, fps: number, withinMs: number): number {
  return Math.max(1, Math.ceil(((framesPerRequest - 1) * 1000) / (fps * withinMs)))
}

/**
 * Server or client batching? Both pass the same batch to the model. The difference is where frames wait: the server
 * waits at most its delay and fills batches from all cameras, an edge device fills them from its own cameras only. So
 * client batching costs latency until a device has enough cameras, and from there on it saves requests.
 */
export function headlineRule(question: HeadlineQuestion): HeadlineRule {
  const { fps, maxBatchDelayMs } = question
  const sizes = question.batchSizes.filter((size) => size > 1)
  return {
    cells: sizes.flatMap((batchSize) =>
      question.camerasPerClient.map((camerasPerClient): HeadlineCell => {
        const waitMs = fillWaitMs(batchSize, camerasPerClient, fps)
        return {
          batchSize,
          camerasPerClient,
          fillWaitMs: waitMs,
          prefer: waitMs <= maxBatchDelayMs ? 'client' : 'server',
        }
      }),
    ),
    needed: sizes.map((batchSize) => ({
      batchSize,
      camerasPerClient: camerasToFill(batchSize, fps, maxBatchDelayMs),
    })),
  }
}
