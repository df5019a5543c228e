import { differingSettings, settingsOf } from './differing-settings.js'
import type { WrittenCell } from './written-cell.js'

/**
 * A name for each cell that says what sets it apart: the settings in which the cells differ, as
 * `mode=client batchSize=8`; of a cell that is alone, how it batches and loads.
 */
export function nameCells(cells: readonly WrittenCell[]): string[] {
  const differing = differingSettings(cells)
  const named =
    differing.length > 0 ? differing : settingsOf(cells.map(({ batching, load }) => ({ batching, load })))
  return cells.map((_, index) =>
    named
      .filter(({ values }) => values[index] !== undefined)
      .map(({ name, values }) => `${name}=${values[index]}`)
      .join(' '),
  )
}
