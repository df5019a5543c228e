import { plainTable } from '../gate/plain-table.js'
import type { SizePlan } from '../../capacity/size/size-run.js'
import { camerasInWords } from './cameras-in-words.js'
import { sizeTables } from './size-tables.js'
import { sizeHeadline, sizeNotes } from './size-words.js'

/** What the terminal shows: the best setting in full, the others in a line each. Plain text. */
export function sizeText(plan: SizePlan): string {
  const [best, ...others] = plan.settings
  return [
    `${sizeHeadline(plan)} (${best!.setting}, ${plan.server})`,
    ...sizeTables(best!).flatMap(({ columns, rows }) => ['', plainTable(columns, rows)]),
    '',
    ...sizeNotes(plan, best!).map((note) => `- ${note}`),
    ...others.map(
      ({ setting, fleets, capacity }) =>
        `${setting}: ${fleets[1]!.servers} servers (N+1), ${camerasInWords(capacity.cameras)} each at most (${capacity.basis})`,
    ),
    ...plan.leftOut.map(({ setting, reason }) => `${setting}: left out, ${reason}`),
  ].join('\n')
}
