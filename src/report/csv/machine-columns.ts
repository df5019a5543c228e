import type { MachineSample } from '../../system/machine/sample-machine.js'
import type { MeasurementRecord } from '../../run/manifest.js'
import type { Column } from './csv-file.js'

export interface MachineRow {
  record: MeasurementRecord
  sample: MachineSample
}

/** machine.csv: one row per second of each measurement, warm-up and drain included. */
export const machineColumns: Column<MachineRow>[] = [
  { name: 'point', meaning: 'Number of the point, from 1.', cell: ({ record }) => record.point },
  {
    name: 'repetition',
    meaning: 'Number of the measurement of this point, from 1.',
    cell: ({ record }) => record.repetition,
  },
  {
    name: 'timeMs',
    meaning: "End of this second, ms since the measurement's start; the first ones may be before it.",
    cell: ({ sample }) => Math.round(sample.timeS * 1e6) / 1000,
  },
  share('machineCpuShare', 'Busy share of all cores.', (sample) => sample.machineCpuShare),
  share(
    'stealShare',
    'Share of the CPU time taken by other virtual machines of the host.',
    (sample) => sample.stealShare,
  ),
  share(
    'throttledShare',
    'Share of the second in which the CPU was throttled, by heat or by a container limit; empty if unknown.',
    (sample) => sample.throttledShare,
  ),
  share(
    'serverCpuCores',
    'CPU of the server’s processes, in cores; empty if unknown.',
    (sample) => sample.serverCpuShare,
  ),
  bytes('serverRssBytes', 'Resident memory of the server’s processes.', (sample) => sample.serverRssBytes),
  share(
    'clientCpuCores',
    'CPU of the client with all its threads and its local agents, in cores.',
    (sample) => sample.clientCpuShare,
  ),
  bytes(
    'clientRssBytes',
    'Resident memory of the client and its local agents.',
    (sample) => sample.clientRssBytes,
  ),
  share('gpuShare', 'Mean utilisation of the NVIDIA GPUs of this machine.', (sample) => sample.gpuShare),
  bytes('gpuMemoryBytes', 'Total memory in use on these GPUs.', (sample) => sample.gpuMemoryBytes),
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
