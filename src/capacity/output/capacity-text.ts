import type { CapacityRun } from '../live/capacity-run.js'
import { searchedSettings } from './capacity-answer.js'
import { capacityHeadline, capacityNotes } from './capacity-words.js'

/** What the terminal shows at the end. Plain text. */
export function capacityText(capacity: CapacityRun, server: string): string {
  return searchedSettings(capacity)
    .map((setting) =>
      [
        `${capacityHeadline(setting)} (${setting.setting}, ${server})`,
        ...capacityNotes(setting).map((note) => `- ${note}`),
      ].join('\n'),
    )
    .join('\n\n')
}
