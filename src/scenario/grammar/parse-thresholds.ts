import { sourceExcerpt } from '../text/problem.js'
import { UserError } from '../../system/user-error.js'
import { GrammarError } from './grammar-error.js'
import { parseThreshold } from './parse-threshold.js'
import type { Threshold } from './threshold.js'

/**
 * The thresholds that a saved run holds. Those of a scenario file are checked with the rest of it.
 *
 * @throws UserError (exit 2) that shows the first mistake
 */
export function parseThresholds(texts: readonly string[]): Threshold[] {
  return texts.map((text) => {
    try {
      return parseThreshold(text)
    } catch (error) {
      if (!(error instanceof GrammarError)) throw error
      const { start, end } = error.piece ?? { start: 0, end: text.length }
      const source = { kind: 'flag' as const, label: 'thresholds', text, folder: '' }
      throw new UserError(error.message, {
        ...error.parts,
        where: 'thresholds',
        excerpt: sourceExcerpt({ source, start, end }),
      })
    }
  })
}
