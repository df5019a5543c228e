import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import { createCsv, type Column } from '../csv/csv-file.js'
import type { SizePlan } from '../../capacity/size/size-run.js'
import { sizeHtml } from './size-page.js'
import type { Basis, Estimate, SizedSetting } from '../../capacity/size/size-setting.js'

export const sizeColumns: Column<SizeFigure>[] = [
  { name: 'setting', meaning: 'The setting.', cell: ({ setting }) => setting },
  { name: 'quantity', meaning: 'Name of the figure.', cell: ({ quantity }) => quantity },
  { name: 'value', meaning: 'Its value.', cell: ({ value }) => value },
  { name: 'unit', meaning: 'Its unit.', cell: ({ unit }) => unit },
  {
    name: 'basis',
    meaning: 'Its source: measured, interpolated or simulated.',
    cell: ({ basis }) => basis,
  },
  {
    name: 'estimate',
    meaning: 'sound, or rough: it rests on short windows or few samples.',
    cell: ({ estimate }) => estimate,
  },
]

/** Writes size.csv, size.json and size.html into the folder. */
export async function writeSize(plan: SizePlan, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  const csv = createCsv(join(folder, 'size.csv'), sizeColumns)
  for (const figure of sizeFigures(plan)) await csv.write(figure)
  await csv.end()
  await writeFileAtomic(join(folder, 'size.json'), `${JSON.stringify(plan, undefined, 2)}\n`)
  await writeFileAtomic(join(folder, 'size.html'), await sizeHtml(plan))
}

/** One figure of a plan with its source. CSV, text and page are made of these. */
interface SizeFigure {
  setting: string
  quantity: string
  value: number
  unit: string
  basis: Basis
  estimate: Estimate
}

/** Every figure of every setting, in the order of the plan. */
function sizeFigures({ settings }: SizePlan): SizeFigure[] {
  return settings.flatMap((sized) => [
    ...capacityFigures(sized),
    ...fleetFigures(sized),
    ...networkFigures(sized),
    ...sensitivityFigures(sized),
  ])
}

function capacityFigures({ setting, capacity, estimate, camerasPerServer }: SizedSetting): SizeFigure[] {
  const source = { setting, unit: 'cameras', basis: capacity.basis, estimate }
  const figures: SizeFigure[] = [
    { ...source, quantity: 'planning capacity of one server', value: capacity.cameras },
  ]
  if (capacity.failsAt !== undefined)
    figures.push({ ...source, quantity: 'first failure', value: capacity.failsAt })
  if (camerasPerServer !== capacity.cameras)
    figures.push({ ...source, quantity: 'within the link', value: camerasPerServer })
  return figures
}

function fleetFigures({ setting, capacity, estimate, fleets, costs }: SizedSetting): SizeFigure[] {
  const source = { setting, basis: capacity.basis, estimate }
  return fleets.flatMap((fleet, i) => {
    const name = `N+${fleet.spares}`
    const figures: SizeFigure[] = [
      { ...source, quantity: `servers, ${name}`, value: fleet.servers, unit: 'servers' },
      { ...source, quantity: `busiest server, ${name}`, value: fleet.busiest, unit: 'cameras' },
    ]
    if (fleet.busiestAfterLoss !== undefined) {
      figures.push({
        ...source,
        quantity: `busiest after a loss, ${name}`,
        value: fleet.busiestAfterLoss,
        unit: 'cameras',
      })
    }
    const cost = costs?.[i]
    if (cost !== undefined) {
      figures.push(
        { ...source, quantity: `cost, ${name}`, value: cost.perMonth, unit: 'a month' },
        { ...source, quantity: `cost of a camera, ${name}`, value: cost.perCameraMonth, unit: 'a month' },
      )
    }
    return figures
  })
}

function networkFigures({
  setting,
  estimate,
  network,
  busiestNetwork,
  networkBasis,
  wire,
}: SizedSetting): SizeFigure[] {
  const mbit = (quantity: string, value: number, by: Estimate = 'sound'): SizeFigure => ({
    setting,
    quantity,
    value,
    unit: 'Mbit/s',
    basis: networkBasis,
    estimate: by,
  })
  return [
    { setting, quantity: 'frame, up', unit: 'bytes', estimate: 'sound', ...wire.upBytesPerFrame },
    { setting, quantity: 'answer, down', unit: 'bytes', estimate: 'sound', ...wire.downBytesPerFrame },
    mbit('all cameras, up', network.upMbit),
    mbit('all cameras, down', network.downMbit),
    mbit('busiest server after a loss, up', busiestNetwork.upMbit, estimate),
    mbit('busiest server after a loss, down', busiestNetwork.downMbit, estimate),
  ]
}

function sensitivityFigures({ setting, sensitivity }: SizedSetting): SizeFigure[] {
  return sensitivity.flatMap(({ change, capacity, servers, network, basis, estimate }) => [
    { setting, quantity: `${change}: planning capacity`, value: capacity, unit: 'cameras', basis, estimate },
    { setting, quantity: `${change}: servers, N+1`, value: servers, unit: 'servers', basis, estimate },
    {
      setting,
      quantity: `${change}: all cameras, up`,
      value: network.upMbit,
      unit: 'Mbit/s',
      basis,
      estimate: 'sound',
    },
  ])
}
