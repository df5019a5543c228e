import type { Point } from '../../plan/plan.js'

/** One point in a line's worth of words, for progress. */
export function describePoint({ batching, load }: Point): string {
  const { mode, batchSize, framesPerRequest, serverBatchSize, encoding } = batching
  const size = mode === 'hybrid' ? `${framesPerRequest} × ${serverBatchSize}` : String(batchSize)
  const words = [`${mode} batching`, `batch ${size}`]
  if (encoding !== 'raw') words.push(encoding)
  words.push(
    load.kind === 'closed'
      ? `${load.framesInFlight} frames in flight`
      : `${load.cameras} ${load.cameras === 1 ? 'camera' : 'cameras'} at ${load.fps} fps`,
  )
  return words.join(' · ')
}
