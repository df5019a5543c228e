import { renderTerminalTable } from '../table/terminal-table.js'
import type { CapacityRun } from '../../capacity/capacity-run.js'
import { searchedSettings } from '../../capacity/capacity-answer.js'
import { infeasibleSettings } from './capacity-json.js'
import { capacityHeadline, capacityNotes, tuningNotes, tuningTable } from './capacity-words.js'
import type { Tuning } from '../../capacity/tuning.js'

/** What the terminal shows at the end. Plain text. */
export function capacityText(capacity: CapacityRun, server: string): string {
  const settings = searchedSettings(capacity).map((setting) =>
    [
      `${capacityHeadline(setting)} (${setting.setting}, ${server})`,
      ...capacityNotes(setting).map((note) => `- ${note}`),
    ].join('\n'),
  )
  const leftOut = infeasibleSettings(capacity).map(({ setting, reason }) => `${setting}: left out, ${reason}`)
  const tuned = capacity.tuning === undefined ? [] : [tuningText(capacity.tuning)]
  return [...tuned, ...settings, ...leftOut].join('\n\n')
}

/** The first settings of the ranking; all of them are on the page. */
const shown = 12

function tuningText(tuning: Tuning): string {
  const table = tuningTable(tuning)
  const more = table.rows.length - shown
  return [
    ...tuningNotes(tuning),
    renderTerminalTable({ ...table, rows: table.rows.slice(0, shown) }),
    ...(more > 0 ? [`and ${more} more in capacity.html`] : []),
  ].join('\n')
}
