import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { pinned } from './pinned.js'
import { runTimed } from './run-timed.js'

export interface WrkResult {
  requests: number
  /** User and system time of the whole process. */
  cpuUs: number
}

/** Posts one body over and over from 16 connections; undefined where wrk is not installed. */
export async function runWrk(
  folder: string,
  url: string,
  options: { core: number; connections: number; seconds: number; bodyBytes: number },
): Promise<WrkResult | undefined> {
  const { exitCode } = await execa('wrk', ['-v'], { reject: false })
  if (exitCode === undefined) return undefined
  const body = join(folder, 'wrk-body')
  const script = join(folder, 'wrk.lua')
  await writeFile(body, randomBytes(options.bodyBytes))
  await writeFile(
    script,
    `wrk.method = "POST"
     wrk.headers["Content-Type"] = "image/jpeg"
     local file = io.open("${body}", "rb")
     wrk.body = file:read("*a")
     file:close()`,
  )
  const { connections, seconds } = options
  const wrk = pinned(options.core, 'wrk', ['-t1', `-c${connections}`, `-d${seconds}s`, '-s', script, url])
  const { stdout, cpuUs } = await runTimed(...wrk)
  const requests = Number(/(\d+) requests in/.exec(stdout)?.[1])
  return { requests, cpuUs }
}
