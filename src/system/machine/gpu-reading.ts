/** What nvidia-smi tells of one GPU at one moment. */
export interface GpuReading {
  /** Which GPU, from 0. */
  index: number
  /** Share of the last sample period in which it ran something. */
  busyShare: number
  memoryBytes: number
}

/** The command whose lines `parseGpuReading` reads: one a GPU each second, until it is ended. */
export const gpuCommand = 'nvidia-smi'
export const gpuArguments = [
  '--query-gpu=index,utilization.gpu,memory.used',
  '--format=csv,noheader,nounits',
  '-l',
  '1',
]

/** Reads `0, 37, 1523` (%, MiB). Undefined for what is not such a line: `[N/A]` of a GPU that does not tell, a message. Pure. */
export function parseGpuReading(line: string): GpuReading | undefined {
  const match = /^\s*(\d+),\s*(\d+(?:\.\d+)?),\s*(\d+)\s*$/.exec(line)
  if (match === null) return undefined
  const [index, percent, mebibytes] = match.slice(1).map(Number)
  return { index: index!, busyShare: percent! / 100, memoryBytes: mebibytes! * 2 ** 20 }
}
