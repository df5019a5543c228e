import { nowUs } from '../../system/now-us.js'
import { phases } from '../../run/record.js'
import { type LoadControlView, Value, phaseAt, recentLatenciesUs, sumOverThreads } from './load-control.js'

/** Reported about four times per second by the calling thread. */
export interface LoadProgress {
  elapsedMs: number
  phase: 'warmup' | 'measured' | 'drain'
  framesOk: number
  framesFailed: number
  requestsInFlight: number
  /** Frames answered per second, over the last second. */
  fpsNow: number
  /** Over the answers of the last two seconds; undefined if there were none. */
  requestLatencyP99Ms?: number | undefined
}

const everyMs = 250
const fpsOverUs = 1_000_000
const latencyOverUs = 2_000_000

/** Reads the threads' counters four times per second, without a lock. */
export function watchProgress(
  view: LoadControlView,
  onProgress: (progress: LoadProgress) => void,
): { stop(): void } {
  const history: { atUs: number; framesOk: number }[] = []
  const timer = setInterval(() => {
    const startUs = view.values[Value.startUs]!
    const atUs = nowUs() - startUs
    if (startUs === 0 || atUs < 0) return
    const framesOk = sumOverThreads(view, 'framesOk')
    history.push({ atUs, framesOk })
    while (history.length > 2 && history[1]!.atUs <= atUs - fpsOverUs) history.shift()
    onProgress({
      elapsedMs: atUs / 1000,
      phase:
        phases[phaseAt(atUs, view.values[Value.windowStartUs]!, view.values[Value.windowEndUs]!)] ?? 'drain',
      framesOk,
      framesFailed: sumOverThreads(view, 'framesFailed'),
      requestsInFlight: sumOverThreads(view, 'inFlight'),
      fpsNow: fps(history),
      requestLatencyP99Ms: p99Ms(recentLatenciesUs(view, atUs - latencyOverUs)),
    })
  }, everyMs)
  return { stop: () => clearInterval(timer) }
}

function fps(history: readonly { atUs: number; framesOk: number }[]): number {
  const first = history[0]!
  const last = history.at(-1)!
  const seconds = (last.atUs - first.atUs) / 1e6
  return seconds > 0 ? (last.framesOk - first.framesOk) / seconds : 0
}

/** For display only. Reports compute percentiles from all samples. */
function p99Ms(latenciesUs: readonly number[]): number | undefined {
  if (latenciesUs.length === 0) return undefined
  const sorted = Float64Array.from(latenciesUs).toSorted()
  return sorted[Math.ceil(0.99 * sorted.length) - 1]! / 1000
}
