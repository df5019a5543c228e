import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Endpoint } from '../../src/server/endpoint.js'

export interface ServerChild<Entry> {
  endpoint: Endpoint
  process: ChildProcess
  log(): Promise<Entry[]>
  stop(): void
}

/** Starts one of this folder's servers in a process of its own. */
export async function startServerChild<Entry>(file: string, argument: number): Promise<ServerChild<Entry>> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), [String(argument)])
  const next = <T>() => new Promise<T>((resolve) => child.once('message', resolve))
  const { port } = await next<{ port: number }>()
  return {
    endpoint: { protocol: 'http', api: 'torchserve', tls: false, host: '127.0.0.1', port, path: '/' },
    process: child,
    async log() {
      const message = next<{ log: Entry[] }>()
      child.send('log')
      return (await message).log
    },
    stop: () => child.disconnect(),
  }
}
