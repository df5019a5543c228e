import * as z from 'zod'
import { savedMapping } from '../scenario/schema/section.js'
import { failureOutcomes } from './record.js'

const count = z.int().min(0)

/** The failed requests of the measured phase that have the same cause, as part of a measurement in run.json. */
export const failureSchema = savedMapping({
  outcome: z.enum(failureOutcomes),
  /** Status of HTTP, or of gRPC (1 to 16); absent if there was no answer, and for failures of several kinds. */
  status: count.optional(),
  /**
   * What the server said, or why there was no answer: one line, shortened, with secrets masked. Texts that differ only
   * in numbers count as one; the first is kept. Absent: failures that differ, beyond the number that is kept apart.
   */
  message: z.string().optional(),
  /** Requests that were due in the measured phase. */
  requests: count,
  /** Frames of the measured phase in such requests. */
  frames: count,
})
