import { plural } from '../../system/plural.js'
import { formatList, formatSignificant } from '../format/format.js'
import { tableOfTexts, type Table } from '../table/table.js'
import { renderTerminalList, renderTerminalTable, unlimited, wrapText } from '../table/terminal-table.js'
import { formatCondition } from './capacity-words.js'
import type { ValueRange } from '../../capacity/sustained/value-range.js'
import type { SizePlan } from '../../capacity/size/size-run.js'
import type { Estimate, SizedSetting } from '../../capacity/size/size-setting.js'
import type { Weakness } from '../../capacity/size/weak-evidence.js'

/** `64 servers carry 500 cameras at 10 fps within 200 ms (p99), even with one server down`, after `Rough estimate: ` if it is one. */
export function sizeHeadline({ question, settings }: SizePlan): string {
  const { cameras, fps, slo } = question
  const { fleets, estimate } = settings[0]!
  const withSpare = fleets[1]!
  return (
    (estimate === 'rough' ? 'Rough estimate: ' : '') +
    `${plural(withSpare.servers, 'server carries', 'servers carry')} ${plural(cameras, 'camera')} at ${fps} fps ` +
    `within ${slo.latencyMs} ms (p${slo.percentile})${withSpare.survivesLoss ? ', even with one server down' : ''}`
  )
}

/** Introduces `SizePlan.soundCommand`. */
export const soundPlanAdvice =
  'For a sound estimate, measure the capacity. Then run `framestorm size` on the folder of that run:'

/** The notes on the plan of one setting. */
export function sizeNotes({ question }: Pick<SizePlan, 'question'>, sized: SizedSetting): string[] {
  const { capacity, binds, camerasPerServer, fleets, step, networkBasis } = sized
  const notes = [
    ...capacity.weaknesses.map((weakness) => `Rough estimate: ${formatWeakness(weakness)}.`),
    `One server carries ${plural(capacity.cameras, 'camera')} (${capacity.basis}: ${capacity.how}).`,
    ...(capacity.latencyMs === undefined
      ? []
      : [formatPrediction(capacity.latencyMs, question.slo.percentile)]),
    `Limit: ${formatLimit(binds)}.`,
    `Planned to use at most ${Math.round(100 * question.maxUtilization)} % of that, on average over the servers; the rest is a reserve.`,
  ]
  if (camerasPerServer < capacity.cameras)
    notes.push(`A link of ${question.linkMbit} Mbit/s carries ${camerasPerServer} of them.`)
  const busiestShare = fleets[0]!.busiest / camerasPerServer
  if (busiestShare > question.maxUtilization)
    notes.push(
      `The busiest server uses ${Math.round(100 * busiestShare)} % of its capacity without a spare, because ` +
        `${step > 1 ? 'edge devices' : 'cameras'} cannot be divided between servers.`,
    )
  const fragile = fleets.filter(({ spares, survivesLoss }) => spares > 0 && !survivesLoss)
  for (const { spares } of fragile)
    notes.push(`With N+${spares}, the other servers could not take over the cameras of a failed server.`)
  if (step > 1) notes.push(`Cameras are assigned in whole edge devices of ${step}.`)
  notes.push(
    `Network figures count request and response bodies (${networkBasis}), without HTTP and TCP headers.`,
    'Assumptions: every server performs like the measured one, cameras are spread evenly, and larger JPEGs take no longer to decode. ' +
      'Measure again after a change of model, server version, hardware, frame size or frame rate.',
  )
  return notes
}

function formatPrediction({ value, low, high }: ValueRange, percentile: number): string {
  const [median, from, to] = [value, low, high].map((ms) => formatSignificant(ms, 3))
  return `Simulated p${percentile} with that many: ${median} ms; 90 % of runs of one minute show ${from} to ${to} ms.`
}

/** `the longest window was 4 s, and a plan needs 10 s`. */
export function formatWeakness(weakness: Weakness): string {
  switch (weakness.kind) {
    case 'short-windows':
      return `it rests on windows of ${weakness.windowS} s; a plan needs ${weakness.neededS} s or more`
    case 'few-batches':
      return `it rests on ${plural(weakness.batches, 'batch', 'batches')}; p${weakness.percentile} needs ${weakness.needed} or more`
    case 'few-batch-sizes': {
      const { sizes, needed, fullBatch } = weakness
      return (
        `it rests on batches of ${plural(sizes.length, 'size')} (${formatList(sizes)}); it needs ` +
        `${plural(needed, 'size')}, up to the full batch of ${plural(fullBatch, 'frame')}`
      )
    }
  }
}

/** `simulated`, or `simulated, rough estimate`. */
function formatBasis(basis: string, estimate: Estimate): string {
  return estimate === 'rough' ? `${basis}, rough estimate` : basis
}

function formatLimit(binds: SizedSetting['binds']): string {
  if (binds === 'network') return 'the network link'
  return binds === 'unknown' ? 'not known, no failure was measured' : formatCondition(binds)
}

/** The figures of one setting; each row ends with the basis of its figures. */
export function sizeTables(sized: SizedSetting): Table[] {
  return [fleetTable(sized), networkTable(sized), sensitivityTable(sized)]
}

function fleetTable({ fleets, costs, capacity, estimate }: SizedSetting): Table {
  const priced = costs === undefined ? [] : ['per month', 'per camera and month']
  return tableOfTexts(
    'Fleet',
    [
      'spares',
      'servers',
      'cameras, busiest server',
      'cameras, after a failure',
      'survives a failure',
      ...priced,
      'basis',
    ],
    fleets.map((fleet, i) => [
      `N+${fleet.spares}`,
      String(fleet.servers),
      String(fleet.busiest),
      String(fleet.busiestAfterLoss ?? ''),
      fleet.survivesLoss ? 'yes' : 'no',
      ...(costs === undefined
        ? []
        : [formatSignificant(costs[i]!.perMonth), formatSignificant(costs[i]!.perCameraMonth)]),
      formatBasis(capacity.basis, estimate),
    ]),
  )
}

function networkTable({ network, busiestNetwork, networkBasis, wire }: SizedSetting): Table {
  const row = (where: string, up: number, down: number, unit: string) => [
    where,
    formatSignificant(up),
    formatSignificant(down),
    unit,
    networkBasis,
  ]
  return tableOfTexts(
    'Network',
    ['network', 'up', 'down', 'unit', 'basis'],
    [
      row('one frame', wire.upBytesPerFrame.value, wire.downBytesPerFrame.value, 'bytes'),
      row('all cameras', network.upMbit, network.downMbit, 'Mbit/s'),
      row('busiest server after a failure', busiestNetwork.upMbit, busiestNetwork.downMbit, 'Mbit/s'),
    ],
  )
}

function sensitivityTable({ sensitivity }: SizedSetting): Table {
  return tableOfTexts(
    'What if',
    ['change', 'one server, cameras', 'servers, N+1', 'all cameras up, Mbit/s', 'basis'],
    sensitivity.map(({ change, capacity, servers, network, basis, estimate }) => [
      change,
      String(capacity),
      String(servers),
      formatSignificant(network.upMbit),
      formatBasis(basis, estimate),
    ]),
  )
}

/**
 * What the terminal shows: the best setting in full, the others in one line each. Plain text; sentences are wrapped at
 * `columns`.
 */
export function sizeText(plan: SizePlan, columns = unlimited): string {
  const wrap = (text: string) => wrapText(text, { columns })
  const [best, ...others] = plan.settings
  return [
    wrap(`${sizeHeadline(plan)} (${best!.setting}, ${plan.server})`),
    ...sizeTables(best!).flatMap((table) => ['', renderTerminalTable(table)]),
    '',
    ...renderTerminalList(sizeNotes(plan, best!), columns),
    ...others.map(({ setting, fleets, capacity, estimate }) =>
      wrap(
        `${setting}: ${plural(fleets[1]!.servers, 'server')} (N+1), at most ${plural(capacity.cameras, 'camera')} each (${formatBasis(capacity.basis, estimate)})`,
      ),
    ),
    ...plan.leftOut.map(({ setting, reason }) => wrap(`${setting}: left out, ${reason}`)),
    // Not wrapped, so that it can be copied.
    ...(plan.soundCommand === undefined ? [] : ['', wrap(soundPlanAdvice), `  ${plan.soundCommand}`]),
  ].join('\n')
}
