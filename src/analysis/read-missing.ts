import type { Ascending, Distribution } from './distribution.js'

/**
 * Finds the order statistics that are missing.
 *
 * @param read adds all values once more, to `again` of each distribution
 */
function readMissing(distributions: readonly Distribution[], read: () => void): void {
  const missing = startReadingAgain(distributions)
  read()
  for (const distribution of missing) distribution.endReading()
}

/**
 * A figure of a distribution. All values are added again until no order statistic that it needs is missing.
 *
 * @param addAll adds all values once more
 */
export function knownAfter<Figure>(
  distribution: Distribution,
  figure: (values: Ascending) => Figure,
  addAll: (to: Distribution['again']) => void,
): Figure {
  for (;;) {
    const found = figure(distribution)
    if (!distribution.isMissing) return found
    readMissing([distribution], () => addAll(distribution.again))
  }
}

/** Prepares those that miss an order statistic to read all values once more. Returns them, for `endReading`. */
export function startReadingAgain(distributions: readonly Distribution[]): Distribution[] {
  const missing = distributions.filter(({ isMissing }) => isMissing)
  for (const distribution of missing) distribution.readAgain()
  return missing
}
