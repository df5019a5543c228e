import { plainTable } from '../../gate/output/plain-table.js'
import type { SizePlan } from '../size/size-run.js'
import { sizeFigures } from './size-figures.js'
import { sizeHeadline, sizeNotes } from './size-words.js'

/** What the terminal shows: the best setting in full, the others in a line each. Plain text. */
export function sizeText(plan: SizePlan): string {
  const [best, ...others] = plan.settings
  const figures = sizeFigures({ ...plan, settings: [best!] }).map(({ quantity, value, unit, basis }) => ({
    quantity,
    value: figureInWords(value),
    unit,
    basis,
  }))
  return [
    `${sizeHeadline(plan)} (${best!.setting}, ${plan.server})`,
    plainTable(['quantity', 'value', 'unit', 'basis'], figures),
    ...sizeNotes(plan, best!).map((note) => `- ${note}`),
    ...others.map(
      ({ setting, fleets, capacity }) =>
        `${setting}: ${fleets[1]!.servers} servers (N+1), ${capacity.cameras} cameras each at most (${capacity.basis})`,
    ),
    ...plan.leftOut.map(({ setting, reason }) => `${setting}: left out, ${reason}`),
  ].join('\n')
}

/** Four significant digits, whole numbers whole. */
export function figureInWords(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)))
}
