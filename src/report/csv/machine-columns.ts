import type { MachineSample } from '../../system/machine/sample-machine.js'
import type { MeasurementRecord } from '../../run/run-manifest.js'
import type { Column } from './csv-file.js'

export interface MachineRow {
  record: MeasurementRecord
  sample: MachineSample
}

/** machine.csv: one row a second of each measurement, warm-up and drain included. */
export const machineColumns: Column<MachineRow>[] = [
  { name: 'point', meaning: 'Number of the point, from 1.', cell: ({ record }) => record.point },
  {
    name: 'repetition',
    meaning: 'Which measurement of it, from 1.',
    cell: ({ record }) => record.repetition,
  },
  {
    name: 'timeMs',
    meaning: "End of this second, ms since the measurement's start; the first ones may lie before it.",
    cell: ({ sample }) => Math.round(sample.timeS * 1e6) / 1000,
  },
  share('machineCpuShare', 'Busy share of all cores.', (sample) => sample.machineCpuShare),
  share('stealShare', 'Share of all cores taken by other guests of the host.', (sample) => sample.stealShare),
  share(
    'throttledShare',
    'Share of the second in which the processor was held back, by heat or by a container’s limit; empty where the system does not tell.',
    (sample) => sample.throttledShare,
  ),
  share(
    'serverCpuCores',
    'CPU of the server’s processes, in cores; empty where they are not known.',
    (sample) => sample.serverCpuShare,
  ),
  bytes('serverRssBytes', 'Resident memory of the server’s processes.', (sample) => sample.serverRssBytes),
  share(
    'clientCpuCores',
    'CPU of this client with all its threads, in cores.',
    (sample) => sample.clientCpuShare,
  ),
  bytes('clientRssBytes', 'Resident memory of this client.', (sample) => sample.clientRssBytes),
  share('gpuShare', 'Busy share of this machine’s NVIDIA GPUs, their mean.', (sample) => sample.gpuShare),
  bytes('gpuMemoryBytes', 'Memory in use on these GPUs, together.', (sample) => sample.gpuMemoryBytes),
]

function share(
  name: string,
  meaning: string,
  of: (sample: MachineSample) => number | undefined,
): Column<MachineRow> {
  const rounded = (value: number | undefined) => (value === undefined ? undefined : Number(value.toFixed(4)))
  return { name, meaning, cell: ({ sample }) => rounded(of(sample)) }
}

function bytes(
  name: string,
  meaning: string,
  of: (sample: MachineSample) => number | undefined,
): Column<MachineRow> {
  return { name, meaning, cell: ({ sample }) => of(sample) }
}
