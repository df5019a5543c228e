import type { SizedSetting } from '../../capacity/size/size-setting.js'

export interface SizeTable {
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
