import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import { createCsv, type Column } from '../csv/csv-file.js'
import type { SizePlan } from '../../capacity/size/size-run.js'
import { sizeHtml } from './size-page.js'
import type { Basis, SizedSetting } from '../../capacity/size/size-setting.js'

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

function capacityFigures({ setting, capacity, camerasPerServer }: SizedSetting): SizeFigure[] {
  const { basis } = capacity
  const figures: SizeFigure[] = [
    { setting, quantity: 'planning capacity of one server', value: capacity.cameras, unit: 'cameras', basis },
  ]
  if (capacity.failsAt !== undefined)
    figures.push({ setting, quantity: 'first failure', value: capacity.failsAt, unit: 'cameras', basis })
  if (camerasPerServer !== capacity.cameras)
    figures.push({ setting, quantity: 'within the link', value: camerasPerServer, unit: 'cameras', basis })
  return figures
}

function fleetFigures({ setting, capacity, fleets, costs }: SizedSetting): SizeFigure[] {
  const { basis } = capacity
  return fleets.flatMap((fleet, i) => {
    const name = `N+${fleet.spares}`
    const figures: SizeFigure[] = [
      { setting, quantity: `servers, ${name}`, value: fleet.servers, unit: 'servers', basis },
      { setting, quantity: `busiest server, ${name}`, value: fleet.busiest, unit: 'cameras', basis },
    ]
    if (fleet.busiestAfterLoss !== undefined) {
      figures.push({
        setting,
        quantity: `busiest after a loss, ${name}`,
        value: fleet.busiestAfterLoss,
        unit: 'cameras',
        basis,
      })
    }
    const cost = costs?.[i]
    if (cost !== undefined) {
      figures.push(
        { setting, quantity: `cost, ${name}`, value: cost.perMonth, unit: 'a month', basis },
        {
          setting,
          quantity: `cost of a camera, ${name}`,
          value: cost.perCameraMonth,
          unit: 'a month',
          basis,
        },
      )
    }
    return figures
  })
}

function networkFigures({
  setting,
  network,
  busiestNetwork,
  networkBasis,
  wire,
}: SizedSetting): SizeFigure[] {
  const mbit = (quantity: string, value: number): SizeFigure => ({
    setting,
    quantity,
    value,
    unit: 'Mbit/s',
    basis: networkBasis,
  })
  return [
    { setting, quantity: 'frame, up', unit: 'bytes', ...wire.upBytesPerFrame },
    { setting, quantity: 'answer, down', unit: 'bytes', ...wire.downBytesPerFrame },
    mbit('all cameras, up', network.upMbit),
    mbit('all cameras, down', network.downMbit),
    mbit('busiest server after a loss, up', busiestNetwork.upMbit),
    mbit('busiest server after a loss, down', busiestNetwork.downMbit),
  ]
}

function sensitivityFigures({ setting, sensitivity }: SizedSetting): SizeFigure[] {
  return sensitivity.flatMap(({ change, capacity, servers, network, basis }) => [
    { setting, quantity: `${change}: planning capacity`, value: capacity, unit: 'cameras', basis },
    { setting, quantity: `${change}: servers, N+1`, value: servers, unit: 'servers', basis },
    { setting, quantity: `${change}: all cameras, up`, value: network.upMbit, unit: 'Mbit/s', basis },
  ])
}
