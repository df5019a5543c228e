import type { WrittenThreshold } from '../load-scenario.js'
import type { Span } from '../text/located-data.js'
import type { Problem } from '../text/problem.js'
import { problemsError } from '../text/problem.js'
import { parseThreshold } from './parse-threshold.js'
import type { Threshold } from './threshold.js'
import { ThresholdProblem } from './threshold-problem.js'

/**
 * Reads the thresholds of a scenario, before anything is measured.
 *
 * @param label the scenario as its user named it
 * @throws UserError (exit 2) that shows every mistake at its place in the file
 */
export function parseThresholds(written: readonly WrittenThreshold[], label: string): Threshold[] {
  const thresholds: Threshold[] = []
  const problems: Problem[] = []
  for (const threshold of written) {
    try {
      thresholds.push(parseThreshold(threshold.text))
    } catch (error) {
      if (!(error instanceof ThresholdProblem)) throw error
      problems.push({
        span: spanIn(threshold, error),
        message: `threshold: ${error.message}`,
        ...error.parts,
      })
    }
  }
  if (problems.length > 0) throw problemsError(problems, label)
  return thresholds
}

/** The place of the mistake in the file: inside the quotes, if the text is quoted; the text itself without a file. */
function spanIn({ text, span }: WrittenThreshold, { start, end }: ThresholdProblem): Span {
  if (span === undefined)
    return { source: { kind: 'flag', label: 'thresholds', text, folder: '' }, start, end }
  const inside = span.source.text.slice(span.start, span.end).indexOf(text)
  // Escapes or folding inside the quotes: the whole value is the best place there is.
  if (inside === -1) return span
  return { source: span.source, start: span.start + inside + start, end: span.start + inside + end }
}
