import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { pinned } from './pinned.js'
import { runTimed } from './run-timed.js'

export interface H2loadResult {
  requests: number
  /** User and system time of the whole process. */
  cpuUs: number
}

/**
 * Makes the same call over and over, one at a time on each connection; undefined where h2load is not installed (Debian:
 * nghttp2-client). It reads answers, but does not look at the status of gRPC.
 */
export async function runH2load(
  folder: string,
  url: string,
  options: { core: number; connections: number; seconds: number; body: Uint8Array },
): Promise<H2loadResult | undefined> {
  const { exitCode } = await execa('h2load', ['--version'], { reject: false })
  if (exitCode !== 0) return undefined
  const { core, connections, seconds } = options
  const body = join(folder, 'h2load-body')
  await writeFile(body, options.body)
  const headers = ['-H', 'content-type: application/grpc', '-H', 'te: trailers']
  const load = ['-t1', `-c${connections}`, '-m1', `-D${seconds}`, '-d', body]
  const { stdout, cpuUs } = await runTimed(...pinned(core, 'h2load', [...load, ...headers, url]))
  return { requests: Number(/(\d+) succeeded/.exec(stdout)?.[1]), cpuUs }
}
