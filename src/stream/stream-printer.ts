import { hasToken } from '../server/token.js'
import { causeKey, mostFailures, nameFailure, type FailureCause } from '../run/failures.js'
import { explainFailure } from '../server/explain-failure.js'
import { plural } from '../system/plural.js'
import type { StreamSettings, StreamTotals } from './stream-settings.js'

export interface StreamPrinter {
  /** Called when a frame was read from the source. Returns the time, ms. */
  read(): number
  /** Frames and one printable result per frame, or one for all of them. */
  answered(frames: readonly ReadFrame[], results: string[]): void
  /** Prints the failure; the first of its kind with what it means and what to do. */
  failed(numbers: number[], cause: FailureCause): void
  dropped(frames: number): void
  totals(): StreamTotals
  /** Prints the totals and returns them. */
  end(): StreamTotals
}

export interface ReadFrame {
  /** From 1 in the order of reading. */
  number: number
  /** When it was read, as `read` returned it. */
  readMs: number
}

type PrinterSettings = Pick<StreamSettings, 'batchSize' | 'every' | 'clientBatching'> & {
  endpoint: Pick<StreamSettings['endpoint'], 'tokenEnv' | 'tokenFile'>
}

/** Counts the outcome of each frame and prints lines about them. */
export function streamPrinter(
  { batchSize, every, clientBatching, endpoint }: PrinterSettings,
  { print, nowMs }: { print: (line: string) => void; nowMs: () => number },
): StreamPrinter {
  const mode = batchSize === 1 ? 'no batching' : `${clientBatching ? 'client' : 'server'} batching`
  const counts = { framesRead: 0, framesAnswered: 0, framesFailed: 0, framesDropped: 0 }
  let startMs: number | undefined
  let lastMs = 0
  let meter: ((frames: number, nowMs: number) => FpsReading | undefined) | undefined
  let droppedPrinted = 0
  /** Of the frames answered since the last FPS line: from reading a frame to its answer. */
  const latenciesMs: number[] = []
  /** The failures whose meaning was printed. */
  const explained = new Set<string>()
  /** The latest results, of as many frames as a batch holds. */
  let lastResults: { numbers: number[]; result: string }[] = []

  function read(): number {
    const readMs = nowMs()
    counts.framesRead++
    if (startMs !== undefined) return readMs
    startMs = readMs
    meter = fpsMeter(every, startMs)
    return readMs
  }

  function answered(frames: readonly ReadFrame[], results: string[]): void {
    const numbers = frames.map(({ number }) => number)
    counts.framesAnswered += numbers.length
    lastMs = nowMs()
    const isWhole = results.length === 1 && numbers.length > 1
    const came = isWhole
      ? [{ numbers, result: results[0]! }]
      : numbers.map((number, place) => ({ numbers: [number], result: results[place] ?? '' }))
    lastResults = [...lastResults, ...came]
    while (lastResults.length > 1 && framesIn(lastResults) > batchSize) lastResults.shift()
    for (const { readMs } of frames) latenciesMs.push(lastMs - readMs)
    const reading = meter?.(numbers.length, lastMs)
    if (reading === undefined) return
    const sorted = latenciesMs.splice(0).toSorted((a, b) => a - b)
    print(
      `With Batch Size ${batchSize}, FPS at frame number ${reading.frameNumber} is ${reading.fps.toFixed(1)}; ` +
        `${mode}, frame latency p50 ${percentile(sorted, 50)} ms, p99 ${percentile(sorted, 99)} ms`,
    )
    // Answers arrive in order of completion, but are printed in frame order.
    for (const { numbers: some, result } of lastResults.toSorted((a, b) => a.numbers[0]! - b.numbers[0]!)) {
      print(`  ${frameRange(some)}: ${result}`)
    }
    printDropped()
  }

  function failed(numbers: number[], cause: FailureCause): void {
    counts.framesFailed += numbers.length
    lastMs = nowMs()
    const [first, last] = [numbers[0], numbers.at(-1)]
    print(`${first === last ? `frame ${first}` : `frames ${first} to ${last}`} failed: ${nameFailure(cause)}`)
    explain(cause)
  }

  function explain(cause: FailureCause): void {
    const key = causeKey(cause)
    if (explained.has(key) || explained.size >= mostFailures) return
    explained.add(key)
    const { meaning, remedy } = explainFailure(cause, {
      framesOk: counts.framesAnswered,
      serverBatchSize: clientBatching ? 1 : batchSize,
      hasToken: hasToken(endpoint),
    })
    print(`  ${meaning} ${remedy}`)
  }

  function printDropped(): void {
    if (counts.framesDropped === droppedPrinted) return
    droppedPrinted = counts.framesDropped
    print(`  ${plural(droppedPrinted, 'frame')} dropped so far`)
  }

  function totals(): StreamTotals {
    const durationS = startMs === undefined ? 0 : Math.max(0, lastMs - startMs) / 1000
    const { framesAnswered } = counts
    return { ...counts, durationS, fps: framesAnswered > 0 ? framesAnswered / durationS : undefined }
  }

  function end(): StreamTotals {
    const all = totals()
    const { framesRead, framesAnswered, framesFailed, framesDropped, durationS, fps } = all
    const rate = fps === undefined ? '' : `, ${fps.toFixed(1)} FPS`
    print(
      `${plural(framesRead, 'frame')} read: ${framesAnswered} answered, ${framesFailed} failed, ` +
        `${framesDropped} dropped in ${durationS.toFixed(1)} s${rate}`,
    )
    return all
  }

  return {
    read,
    answered,
    failed,
    dropped: (frames) => {
      counts.framesDropped += frames
    },
    totals,
    end,
  }
}

function framesIn(results: readonly { numbers: readonly number[] }[]): number {
  return results.reduce((sum, { numbers }) => sum + numbers.length, 0)
}

function frameRange(numbers: readonly number[]): string {
  const [first, last] = [numbers[0], numbers.at(-1)]
  return first === last ? `frame ${first}` : `frames ${first} to ${last}`
}

/** The nearest rank, in whole ms: of fewer than 100 values, p99 is the largest. */
function percentile(sorted: readonly number[], percent: number): string {
  return (sorted[Math.ceil((percent / 100) * sorted.length) - 1] ?? 0).toFixed(0)
}

interface FpsReading {
  /** Frames answered since the start. */
  frameNumber: number
  /** Frames answered in the window ÷ its wall time. */
  fps: number
}

/**
 * Measures the FPS of each window of at least `every` answered frames, from the end of the last window to the answer that
 * completes it. Times are ms on any monotonic clock.
 */
function fpsMeter(every: number, startMs: number) {
  let windowStartMs = startMs
  let frameNumber = 0
  let inWindow = 0

  /** Returns a reading if these frames complete a window. */
  return function answered(frames: number, nowMs: number): FpsReading | undefined {
    frameNumber += frames
    inWindow += frames
    if (inWindow < every) return undefined
    const fps = (inWindow * 1000) / (nowMs - windowStartMs)
    inWindow = 0
    windowStartMs = nowMs
    return { frameNumber, fps }
  }
}
