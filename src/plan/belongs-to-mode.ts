import type { BatchingMode, BatchingSettings } from '../scenario/settings.js'

/**
 * Whether a point lies on the curve of a mode. At batch size 1 server and client batching are the same requests:
 * such a point is measured once and belongs to both curves, whatever its own `mode` says.
 */
export function belongsToMode(
  batching: Pick<BatchingSettings, 'mode' | 'batchSize'>,
  mode: BatchingMode,
): boolean {
  return batching.mode === mode || (batching.batchSize === 1 && mode !== 'hybrid')
}
