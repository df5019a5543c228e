import * as z from 'zod'
import { answerShape } from '../scenario/schema/model.js'
import { savedMapping } from '../scenario/schema/section.js'

const count = z.int().min(0)

/** What was learned about answers before the load; absent in runs that were saved before. */
const learnedFields = {
  shape: answerShape.optional().catch(undefined),
  /** `numbers`: by distance. `text`: whether they are equal. */
  compared: z.enum(['numbers', 'text']).optional().catch(undefined),
  /** JSON pointers to the parts of a result that are not compared, because they do not repeat or the scenario says so. */
  ignored: z.array(z.string()).optional().catch(undefined),
  /** Lists that are compared without regard to their order. */
  unordered: z.array(z.string()).optional().catch(undefined),
  /**
   * Number of frames that got another frame's answer when they were sent together with others; absent if there were
   * none.
   */
  mixedUp: z.number().optional(),
}

/**
 * How answers are compared with the answer to the same frame alone, taken before the load, or the reason why they are
 * not compared. Stored because the tolerance decides which answers count as wrong.
 */
export const answerReference = z.discriminatedUnion('state', [
  savedMapping({
    state: z.literal('on'),
    ...learnedFields,
    /** Frames of the clip that have a reference answer, spread evenly; of requests if `perRequest`. */
    frames: count,
    /** Requests that have a reference answer; absent if each frame has an answer of its own. */
    requests: count.optional(),
    /**
     * Largest distance between the answer to a frame alone and the answer to it together with others, in a request or
     * in a batch.
     */
    noise: z.number(),
    /** Distance between the two most similar answers to different frames. */
    nearestDifferent: z.number(),
    /** An answer with a larger distance is wrong. */
    tolerance: z.number(),
    /**
     * nearestDifferent ÷ tolerance, at least 2 unless the scenario sets the tolerance: the safety margin for detecting
     * an answer to another frame.
     */
    power: z.number(),
  }),
  savedMapping({
    state: z.literal('off'),
    ...learnedFields,
    reason: z.string(),
    /** As above; absent if it was not measured. */
    noise: z.number().optional(),
  }),
])

export type AnswerReference = z.infer<typeof answerReference>
