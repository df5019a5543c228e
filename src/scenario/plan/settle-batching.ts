import { defaults } from '../schema/defaults.js'
import type { BatchingMode, BatchingSettings } from '../schema/settings.js'
import type { WrittenCell } from './written-cell.js'

type WrittenBatching = NonNullable<WrittenCell['batching']>

/**
 * Batching with K, B and K × B all known, or the reason why there is no such batching.
 *
 * Delay and encoding are kept as asked, also where they have no effect (`withoutEffect` tells where).
 */
export function settleBatching(written: WrittenBatching = {}): BatchingSettings | { reason: string } {
  const sizes = frameCounts(written)
  if ('reason' in sizes) return sizes
  const { framesPerRequest, serverBatchSize } = sizes
  return {
    mode: written.mode ?? modeOf(framesPerRequest, serverBatchSize),
    framesPerRequest,
    serverBatchSize,
    batchSize: framesPerRequest * serverBatchSize,
    maxBatchDelayMs: written.maxBatchDelayMs ?? defaults.batching.maxBatchDelayMs,
    encoding: written.encoding ?? defaults.batching.encoding,
  }
}

interface FrameCounts {
  framesPerRequest: number
  serverBatchSize: number
}

function frameCounts(written: WrittenBatching): FrameCounts | { reason: string } {
  const { mode, batchSize, framesPerRequest, serverBatchSize } = written
  if (batchSize === undefined) {
    return { framesPerRequest: framesPerRequest ?? 1, serverBatchSize: serverBatchSize ?? 1 }
  }
  if (mode === 'server') return { framesPerRequest: 1, serverBatchSize: batchSize }
  if (mode === 'client') return { framesPerRequest: batchSize, serverBatchSize: 1 }
  const given = framesPerRequest ?? serverBatchSize ?? 1
  if (batchSize % given !== 0) {
    const name = framesPerRequest === undefined ? 'serverBatchSize' : 'framesPerRequest'
    return { reason: `batchSize ${batchSize} is not a multiple of ${name} ${given}` }
  }
  return framesPerRequest === undefined
    ? { framesPerRequest: batchSize / given, serverBatchSize: given }
    : { framesPerRequest: given, serverBatchSize: batchSize / given }
}

function modeOf(framesPerRequest: number, serverBatchSize: number): BatchingMode {
  if (framesPerRequest === 1) return 'server'
  return serverBatchSize === 1 ? 'client' : 'hybrid'
}
