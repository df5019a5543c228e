import type { Fault } from './faults.js'
import type { Listener } from './listener.js'

/** The fault `refuse`: from now on, at its times, nobody listens and what was connected is broken off. */
export function planOutages(faults: readonly Fault[], listener: Listener): NodeJS.Timeout[] {
  return faults.flatMap(({ name, trigger }) => {
    if (name !== 'refuse' || trigger.kind !== 'window') return []
    const begin = setTimeout(() => void listener.close(), trigger.fromMs)
    if (trigger.untilMs === Infinity) return [begin]
    return [begin, setTimeout(() => void listener.open(), trigger.untilMs)]
  })
}
