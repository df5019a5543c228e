import { Bench } from 'tinybench'
import { addReceiving } from './receiving.js'
import { addSending } from './sending.js'

/** The hot path piece by piece, median ns each: what happens once a request must be small against its 12 µs. */
export async function measureHotPath(quick: boolean): Promise<{ name: string; ns: number }[]> {
  const bench = new Bench({ time: quick ? 50 : 500 })
  addReceiving(bench)
  addSending(bench)
  await bench.run()
  return bench.tasks.map(({ name, result }) => {
    if (!('latency' in result)) throw new Error(`${name} failed`)
    return { name, ns: result.latency.p50 * 1e6 }
  })
}
