import { defaults } from '../schema/defaults.js'
import type { CameraLoad, LoadSettings } from '../schema/settings.js'
import type { WrittenCell } from './written-cell.js'

type WrittenLoad = NonNullable<WrittenCell['load']>

/** A load with its defaults; a closed one has its frames in flight worked out. */
export function settleLoad(
  written: WrittenLoad,
  batchSize: number,
  defaultFramesInFlight: number,
): LoadSettings {
  if (written.kind === 'cameras') return cameraLoad(written)
  const { framesInFlight, batchesInFlight } = written
  const ofBatches = batchesInFlight === undefined ? undefined : batchesInFlight * batchSize
  return { kind: 'closed', framesInFlight: framesInFlight ?? ofBatches ?? defaultFramesInFlight }
}

function cameraLoad({ queue, ...written }: Extract<WrittenLoad, { kind: 'cameras' }>): CameraLoad {
  const policy = queue?.policy ?? defaults.queuePolicy
  return {
    ...defaults.cameras,
    ...written,
    queue: { policy, depth: queue?.depth ?? defaults.queueDepth[policy] },
  }
}
