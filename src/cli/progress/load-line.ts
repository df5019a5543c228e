import type { LoadProgress } from '../../load/control/watch-progress.js'
import { plural } from '../../system/plural.js'

/** The current load in one line. */
export function loadLine(load: LoadProgress): string {
  const parts = [load.phase, `${load.fpsNow.toFixed(1)} FPS`]
  if (load.requestLatencyP99Ms !== undefined) parts.push(`p99 ${load.requestLatencyP99Ms.toFixed(0)} ms`)
  parts.push(`${plural(load.requestsInFlight, 'request')} in flight`, `${plural(load.framesOk, 'frame')} ok`)
  if (load.framesFailed > 0) parts.push(`${load.framesFailed} failed`)
  return parts.join('  ·  ')
}
