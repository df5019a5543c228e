import type { ServerSettings } from '../../scenario/schema/settings.js'
import type { Side } from './pair-order.js'

/**
 * Two processes of one TorchServe differ by some 2 % in FPS for as long as they live (bench/gate/RESULTS.md). A gate
 * starts its servers anew for each pair; of one that it only has the address of it has to say that it could not.
 */
export function sameProcessNotes(servers: Record<Side, ServerSettings>): string[] {
  const kept = (['baseline', 'candidate'] as const).filter((side) => servers[side].kind === 'url')
  if (kept.length === 0) return []
  return [
    `${kept.join(' and ')} could not be started anew for each pair: by how much a process of a server differs from ` +
      'the next for as long as it lives, some 2 %, counts as a change here; a second gate after a restart tells the two apart',
  ]
}
