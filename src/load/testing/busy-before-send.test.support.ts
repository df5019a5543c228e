import { isMainThread, MessagePort, workerData } from 'node:worker_threads'

/*
 * Preloaded into the threads of a run under test (NODE_OPTIONS=--import): spins 5 ms before each sending of a load
 * thread, as a client would that is busy with something else. Nothing of the product knows of it.
 */

const busyMs = 5

function spin(): void {
  const until = performance.now() + busyMs
  while (performance.now() < until);
}

/** The pacer's port of a load thread, whose messages say that something is due; undefined in all other threads. */
function pacerPort(): MessagePort | undefined {
  const data: unknown = isMainThread ? undefined : workerData
  if (typeof data !== 'object' || data === null || !('pacerPort' in data)) return undefined
  return data.pacerPort instanceof MessagePort ? data.pacerPort : undefined
}

const port = pacerPort()
if (port !== undefined) {
  const on = port.on.bind(port)
  Object.assign(port, {
    on: (event: string, listener: (value: unknown) => void) =>
      on(event, (value: unknown) => {
        spin()
        listener(value)
      }),
  })
}
