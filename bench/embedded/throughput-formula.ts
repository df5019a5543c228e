import { drive, type Drive } from './drive.js'

interface Setting {
  name: string
  drive: Omit<Drive, 'durationMs'>
  /** Time between the ends of one worker's batches by the formula, in ms. */
  periodMs: number
  framesPerBatch: number
}

/** Fast enough for the client's and the timers' share to show. */
const fast = { tauMs: 7, alphaMs: 2 }
/** About ResNet-18 on two cores. */
const usual = { tauMs: 7, alphaMs: 25 }

function closed(framesInFlight: number): { kind: 'closed'; framesInFlight: number } {
  return { kind: 'closed', framesInFlight }
}

/** framesInFlight = (W + 1)·batchSize saturates W workers. */
function saturated(
  name: string,
  framesPerRequest: number,
  serverBatchSize: number,
  workers: number,
): Setting {
  const frames = framesPerRequest * serverBatchSize
  const batching = { serverBatchSize, workers, ...(serverBatchSize > 1 && { maxBatchDelayMs: 50 }) }
  return {
    name: `${name}, ${workers} worker${workers === 1 ? '' : 's'}, ${frames} frames a batch`,
    drive: { server: fast, batching, framesPerRequest, load: closed((workers + 1) * frames) },
    periodMs: fast.tauMs + fast.alphaMs * frames,
    framesPerBatch: frames,
  }
}

/**
 * Fewer frames in flight than a batch holds: it never fills, and every batch waits for the whole delay. Nothing
 * hides the way to the client and back here.
 */
function starved(framesInFlight: number): Setting {
  const maxBatchDelayMs = 50
  return {
    name: `server batching, ${framesInFlight} in flight of 8, delay ${maxBatchDelayMs} ms`,
    drive: {
      server: usual,
      batching: { serverBatchSize: 8, workers: 1, maxBatchDelayMs },
      framesPerRequest: 1,
      load: closed(framesInFlight),
    },
    periodMs: maxBatchDelayMs + usual.tauMs + usual.alphaMs * framesInFlight,
    framesPerBatch: framesInFlight,
  }
}

const settings: Setting[] = [
  saturated('server batching', 1, 1, 1),
  saturated('server batching', 1, 8, 1),
  saturated('server batching', 1, 8, 2),
  saturated('client batching', 8, 1, 1),
  saturated('client batching', 8, 1, 2),
  saturated('hybrid', 4, 2, 1),
  starved(4),
  starved(1),
]

export interface FormulaRow {
  name: string
  expectedFps: number
  fps: number
  /** By how much the time of one batch differs from the formula. */
  offMs: number
  /** max(1 %, 0.3 ms). */
  allowedMs: number
}

/** Closed load against FPS = W·b/(τ+αb), and below saturation against F/(D+τ+αF). */
export async function throughputFormula(folder: string, durationMs: number): Promise<FormulaRow[]> {
  const rows: FormulaRow[] = []
  for (const { name, drive: half, periodMs, framesPerBatch } of settings) {
    const batches = await drive(folder, { ...half, durationMs })
    const frames = batches.slice(1).reduce((sum, batch) => sum + batch.frames.reduce((a, b) => a + b, 0), 0)
    const spanMs = batches.at(-1)!.endHandledMs - batches[0]!.endHandledMs
    const { workers } = half.batching
    const fps = (frames / spanMs) * 1000
    rows.push({
      name,
      expectedFps: ((workers * framesPerBatch) / periodMs) * 1000,
      fps,
      offMs: ((workers * framesPerBatch) / fps) * 1000 - periodMs,
      allowedMs: Math.max(0.01 * periodMs, 0.3),
    })
  }
  return rows
}
