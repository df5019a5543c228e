import stableStringify from 'safe-stable-stringify'
import { knownWorkers, type Point } from '../../scenario/plan/plan.js'
import {
  extractTrace,
  fitServer,
  type FittedServer,
  type PhasedMeasurement,
  type ServerTrace,
} from './fit-server.js'

/** Fits the servers of a run to its measurements. The samples of a measurement are not kept. */
interface FitCollector {
  add: (measurement: PhasedMeasurement) => void
  /** The server as it was fitted for a point; undefined if too few of its batches were logged. */
  end: () => (point: Point) => FittedServer | undefined
}

/** Points that use the handler in the same way (model, encoding, protocol, workers) are fitted together. */
export function collectFits(): FitCollector {
  const traces = new Map<string, { workers: number; some: ServerTrace[] }>()
  return {
    add(measurement) {
      const key = handlerKey(measurement.point)
      const known = traces.get(key) ?? { workers: knownWorkers(measurement.point), some: [] }
      known.some.push(extractTrace(measurement, known.workers))
      traces.set(key, known)
    },
    end() {
      const fits = new Map([...traces].map(([key, { workers, some }]) => [key, fitServer(some, workers)]))
      return (point) => fits.get(handlerKey(point))
    },
  }
}

function handlerKey({ server, model, video, batching }: Point): string {
  return stableStringify([server, model, video, batching.encoding, batching.protocol])
}
