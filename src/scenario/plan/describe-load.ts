import type { LoadSettings } from '../schema/settings.js'

/** `closed, 8 in flight` or `4 cameras at 5 fps, aligned`. */
export function describeLoad(load: LoadSettings): string {
  if (load.kind === 'closed') return `closed, ${load.framesInFlight} in flight`
  const cameras = `${load.cameras} ${load.cameras === 1 ? 'camera' : 'cameras'} at ${load.fps} fps`
  return load.phases === 'random' ? cameras : `${cameras}, ${load.phases}`
}
