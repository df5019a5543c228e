import { camerasInWords, conditionInWords } from './capacity-words.js'
import type { SizePlan } from '../../capacity/size/size-run.js'
import type { SizedSetting } from '../../capacity/size/size-setting.js'
import { plainTable } from '../gate/plain-table.js'

/** `64 servers carry 500 cameras at 10 fps within 200 ms, and go on doing so when one of them fails`. */
export function sizeHeadline({ question, settings }: SizePlan): string {
  const { cameras, fps, slo } = question
  const withSpare = settings[0]!.fleets[1]!
  return (
    `${withSpare.servers} servers carry ${cameras} cameras at ${fps} fps within ${slo.latencyMs} ms (p${slo.percentile})` +
    (withSpare.survivesLoss ? ', and go on doing so when one of them fails' : '')
  )
}

/** What has to be known of the plan of one setting, a sentence each. */
export function sizeNotes({ question }: Pick<SizePlan, 'question'>, sized: SizedSetting): string[] {
  const { capacity, binds, camerasPerServer, fleets, step, networkBasis } = sized
  const notes = [
    `One server carries ${camerasInWords(capacity.cameras)} (${capacity.basis}: ${capacity.how}).`,
    `What binds: ${bindsInWords(binds)}.`,
    `Planned to ${Math.round(100 * question.headroom)} % of that: the rest is for what no measurement saw.`,
  ]
  if (camerasPerServer < capacity.cameras)
    notes.push(`A link of ${question.linkMbit} Mbit/s carries ${camerasPerServer} of them.`)
  const fragile = fleets.filter(({ spares, survivesLoss }) => spares > 0 && !survivesLoss)
  for (const { spares } of fragile)
    notes.push(`With N+${spares} the others could not take over the cameras of a server that fails.`)
  if (step > 1) notes.push(`Cameras move by whole edge devices of ${step}.`)
  notes.push(
    `Network figures are bodies of requests and answers (${networkBasis}), without HTTP and TCP headers.`,
    'Assumed: each server as the one measured, cameras spread evenly, larger JPEGs as fast to decode. Measure again ' +
      'when model, server version, hardware, frame size or rate changes.',
  )
  return notes
}

function bindsInWords(binds: SizedSetting['binds']): string {
  if (binds === 'network') return 'the network link'
  return binds === 'unknown' ? 'not known, no failure was measured' : conditionInWords(binds)
}

interface SizeTable {
  title: string
  columns: string[]
  rows: Record<string, string>[]
}

/** The figures of one setting as people read them; each row ends with the basis of its figures. */
export function sizeTables(sized: SizedSetting): SizeTable[] {
  return [fleetTable(sized), networkTable(sized), sensitivityTable(sized)]
}

function fleetTable({ fleets, costs, capacity }: SizedSetting): SizeTable {
  const priced = costs === undefined ? [] : ['a month', 'a camera and month']
  return {
    title: 'Fleet',
    columns: ['spares', 'servers', 'busiest, cameras', 'after a loss', 'survives it', ...priced, 'basis'],
    rows: fleets.map((fleet, i) => ({
      spares: `N+${fleet.spares}`,
      servers: String(fleet.servers),
      'busiest, cameras': String(fleet.busiest),
      'after a loss': fleet.busiestAfterLoss === undefined ? '' : String(fleet.busiestAfterLoss),
      'survives it': fleet.survivesLoss ? 'yes' : 'no',
      ...(costs !== undefined && {
        'a month': figureInWords(costs[i]!.perMonth),
        'a camera and month': figureInWords(costs[i]!.perCameraMonth),
      }),
      basis: capacity.basis,
    })),
  }
}

function networkTable({ network, busiestNetwork, networkBasis, wire }: SizedSetting): SizeTable {
  const row = (where: string, up: number, down: number, unit: string) => ({
    network: where,
    up: figureInWords(up),
    down: figureInWords(down),
    unit,
    basis: networkBasis,
  })
  return {
    title: 'Network',
    columns: ['network', 'up', 'down', 'unit', 'basis'],
    rows: [
      row('one frame', wire.upBytesPerFrame.value, wire.downBytesPerFrame.value, 'bytes'),
      row('all cameras', network.upMbit, network.downMbit, 'Mbit/s'),
      row('busiest server after a loss', busiestNetwork.upMbit, busiestNetwork.downMbit, 'Mbit/s'),
    ],
  }
}

function sensitivityTable({ sensitivity }: SizedSetting): SizeTable {
  return {
    title: 'What if',
    columns: ['change', 'one server, cameras', 'servers, N+1', 'all cameras up, Mbit/s', 'basis'],
    rows: sensitivity.map(({ change, capacity, servers, network, basis }) => ({
      change,
      'one server, cameras': String(capacity),
      'servers, N+1': String(servers),
      'all cameras up, Mbit/s': figureInWords(network.upMbit),
      basis,
    })),
  }
}

/** Four significant digits, whole numbers whole. */
function figureInWords(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)))
}

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
