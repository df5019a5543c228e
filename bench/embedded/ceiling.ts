import { readFile } from 'node:fs/promises'
import { execa } from 'execa'
import { startEmbedded } from '../../src/server/embedded/start-embedded.js'
import { clientCore, serverCore } from '../parts/pinned.js'
import { runWrk } from '../parts/run-wrk.js'

export interface Ceiling {
  perSecond: number
  /** CPU of the server's process as a share of one core. */
  cpuShare: number
}

const model = {
  name: 'no-op',
  weights: 'seeded',
  request: { field: '{i}', json: 'object' },
  answer: { list: '' },
} as const

/** Requests of 40 KB that a model without service time answers a second, its process held to one core. */
export async function ceiling(folder: string, seconds: number): Promise<Ceiling | undefined> {
  const server = await startEmbedded(
    { kind: 'embedded', tauMs: 0, alphaMs: 0, jitter: 0, workers: 1 },
    model,
    {
      batching: { serverBatchSize: 1, workers: 1 },
      signal: AbortSignal.timeout(120_000),
    },
  )
  try {
    const [pid = 0] = await server.processIds()
    await execa('taskset', ['-acp', String(serverCore), String(pid)], { reject: false })
    const { host, port, path } = server.endpoint
    const before = await cpuSeconds(pid)
    const options = { core: clientCore, connections: 16, seconds, bodyBytes: 40_960 }
    const result = await runWrk(folder, `http://${host}:${port}${path}`, options)
    if (result === undefined) return undefined
    return { perSecond: result.requests / seconds, cpuShare: ((await cpuSeconds(pid)) - before) / seconds }
  } finally {
    await server.stop()
  }
}

const ticksPerSecond = 100

/** User and system time of a process: fields 14 and 15 of /proc/PID/stat (proc(5)). */
async function cpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}
