import { renderTerminalList, renderTerminalTable, unlimited, wrapText } from '../table/terminal-table.js'
import { searchedSettings, type CapacityRun } from '../../capacity/capacity-run.js'
import { infeasibleSettings } from './capacity-json.js'
import { capacityHeadline, capacityNotes, tuningNotes, tuningTable } from './capacity-words.js'
import type { Tuning } from '../../capacity/tuning.js'

/** What the terminal shows at the end. Plain text; sentences are wrapped at `columns`. */
export function capacityText(capacity: CapacityRun, server: string, columns = unlimited): string {
  const settings = searchedSettings(capacity).map((setting) =>
    [
      wrapText(`${capacityHeadline(setting)} (${setting.setting}, ${server})`, { columns }),
      ...renderTerminalList(capacityNotes(setting), columns),
    ].join('\n'),
  )
  const leftOut = infeasibleSettings(capacity).map(({ setting, reason }) =>
    wrapText(`${setting}: left out, ${reason}`, { columns }),
  )
  const tuned = capacity.tuning === undefined ? [] : [tuningText(capacity.tuning, columns)]
  return [...tuned, ...settings, ...leftOut].join('\n\n')
}

/** The first settings of the ranking; all of them are on the page. */
const shown = 12

function tuningText(tuning: Tuning, columns: number): string {
  const table = tuningTable(tuning)
  const more = table.rows.length - shown
  return [
    ...tuningNotes(tuning).map((note) => wrapText(note, { columns })),
    renderTerminalTable({ ...table, rows: table.rows.slice(0, shown) }),
    ...(more > 0 ? [`and ${more} more in capacity.html`] : []),
  ].join('\n')
}
