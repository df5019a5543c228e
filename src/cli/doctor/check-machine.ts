import { arch, availableParallelism, freemem, platform, totalmem } from 'node:os'

import type { Check } from './check.js'

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`

/** Pure. Client and server share the cores where the server runs on this machine. */
export function coresCheck(cores: number): Check {
  const base = { name: 'cores', version: String(cores), detail: 'shared by the server and the load' }
  if (cores >= 2) return { ...base, status: 'ok' }
  return {
    ...base,
    status: 'warning',
    remedy:
      'With one core the load slows the server that it measures: use a larger machine, or a server by URL.',
  }
}

/** Pure. Java and each worker with torch take about 1 GB. */
export function memoryCheck(totalBytes: number, freeBytes: number): Check {
  const base = { name: 'memory', version: gigabytes(totalBytes), detail: `${gigabytes(freeBytes)} free` }
  if (totalBytes >= 3.5e9) return { ...base, status: 'ok' }
  return {
    ...base,
    status: 'warning',
    remedy: 'TorchServe with one worker takes about 2 GB: use one worker only.',
  }
}

export function checkMachine(): Check[] {
  return [
    {
      name: 'platform',
      status: 'ok',
      version: `${platform()} ${arch()}`,
      detail: `Node ${process.versions.node}`,
    },
    coresCheck(availableParallelism()),
    memoryCheck(totalmem(), freemem()),
  ]
}
