import { isMainThread, MessagePort, workerData } from 'node:worker_threads'

/*
 * Preloaded into the threads of a run under test (NODE_OPTIONS=--import): computes for 5 ms before each sending of a load
 * thread, as a client would that is busy with something else. Nothing of the product knows of it.
 */

const busyMs = 5

let sink = 0

function compute(steps: number): void {
  for (let step = 0; step < steps; step++) sink += Math.sqrt(step)
}

/**
 * As many steps as take 5 ms of CPU. They are counted, because a thread that other programs preempt would find its 5 ms
 * gone by without any CPU. The fastest of several tries was preempted least.
 */
function stepsThatTake(ms: number): number {
  const tried = 200_000
  const triesMs = Array.from({ length: 10 }, () => {
    const startMs = performance.now()
    compute(tried)
    return performance.now() - startMs
  })
  return Math.round((tried * ms) / Math.min(...triesMs))
}

/** The pacer's port of a load thread, whose messages say that something is due; undefined in all other threads. */
function pacerPort(): MessagePort | undefined {
  const data: unknown = isMainThread ? undefined : workerData
  if (typeof data !== 'object' || data === null || !('pacerPort' in data)) return undefined
  return data.pacerPort instanceof MessagePort ? data.pacerPort : undefined
}

const port = pacerPort()
if (port !== undefined) {
  const busySteps = stepsThatTake(busyMs)
  const on = port.on.bind(port)
  Object.assign(port, {
    on: (event: string, listener: (value: unknown) => void) =>
      on(event, (value: unknown) => {
        const until = performance.now() + busyMs
        compute(busySteps)
        while (performance.now() < until);
        listener(value)
      }),
  })
}
