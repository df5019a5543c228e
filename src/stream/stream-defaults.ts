import { defaults } from '../scenario/schema/defaults.js'
import { classifySource } from '../frames/video/video-source.js'
import type { StreamSettings } from './stream-settings.js'

type Defaults = Pick<
  StreamSettings,
  'encoding' | 'request' | 'answer' | 'every' | 'deadlineMs' | 'framesInFlight' | 'queue'
>

/** What holds where the command line says nothing. */
export function streamDefaults(
  choice: Pick<StreamSettings, 'input' | 'batchSize' | 'clientBatching'>,
): Defaults {
  const { input, batchSize, clientBatching } = choice
  const { kind } = classifySource(input)
  const isCamera = kind === 'device' || kind === 'rtsp'
  return {
    encoding: clientBatching ? defaults.batching.encoding : 'raw',
    request: defaults.request,
    answer: defaults.answer,
    every: 20,
    deadlineMs: defaults.measure.deadlineMs,
    // One batch at work and one on its way: a server with one worker is never idle.
    framesInFlight: 2 * batchSize,
    // A camera cannot be held back, and its newest frame is the one of interest; a file loses nothing.
    queue: { policy: isCamera ? 'drop-oldest' : 'queue', depth: 2 * batchSize },
  }
}
