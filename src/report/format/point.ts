import type { Point } from '../../scenario/plan/plan.js'
import type { BatchingMode, LoadSettings } from '../../scenario/schema/settings.js'

/** A request of one frame in a batch of one request: both modes, and so on the curve of each. */
export function modesOf({ batching }: Point): BatchingMode[] {
  return batching.batchSize === 1 ? ['server', 'client'] : [batching.mode]
}

/** `8 frames in flight`, `6 cameras at 5 fps`. */
export function loadInWords(load: LoadSettings): string {
  return load.kind === 'closed'
    ? `${load.framesInFlight} frames in flight`
    : `${load.cameras} ${load.cameras === 1 ? 'camera' : 'cameras'} at ${load.fps} fps`
}

/** `server batching 4 (delay 50 ms)`, `client batching 8 (multipart)`, `no batching`. */
export function batchingInWords({ batching }: Point): string {
  if (batching.batchSize === 1) return 'no batching'
  const more = []
  if (batching.mode === 'hybrid') more.push(`${batching.framesPerRequest} × ${batching.serverBatchSize}`)
  if (batching.maxBatchDelayMs !== undefined) more.push(`delay ${batching.maxBatchDelayMs} ms`)
  if (batching.framesPerRequest > 1) more.push(batching.encoding)
  return `${batching.mode} batching ${batching.batchSize}${more.length === 0 ? '' : ` (${more.join(', ')})`}`
}
