import type { Announcement } from '../message/announcement.js'
import { plural } from '../../system/plural.js'
import type { SpreadShare } from '../deal-load.js'

/** What a fleet needs. */
export interface WantedAgents {
  agents: number
  spread?: readonly SpreadShare[] | undefined
  /** Names of agents that are preferred, because they sent earlier loads of the same run. */
  sites?: readonly string[] | undefined
}

/** The agents that send the loads, in the order of their names, or what is missing, for a person. */
export type Choice = { chosen: Announcement[] } | { missing: string }

/**
 * Chooses agents among those that are there and not in use. With a spread, each of its labels gets at least one agent if
 * there is one, and agents with none of the labels are not chosen. The choice depends on names only, so the same agents
 * are chosen again.
 */
export function chooseAgents(
  present: readonly Announcement[],
  { agents, spread, sites = [] }: WantedAgents,
): Choice {
  const isFit = (agent: Announcement) =>
    spread === undefined || spread.some((share) => hasLabel(agent, share))
  const fit = present.filter(isFit)
  const idle = fit.filter(({ state }) => state === 'idle')
  if (idle.length < agents) return { missing: describeMissing(agents, idle, fit, spread !== undefined) }
  const rank = ({ name }: Announcement) => (sites.includes(name) ? 0 : 1)
  const preferred = idle.toSorted((a, b) => rank(a) - rank(b) || compareNames(a.name, b.name))
  const chosen = new Set<Announcement>()
  for (const share of spread ?? []) {
    const first = preferred.find((agent) => hasLabel(agent, share))
    if (first !== undefined && chosen.size < agents) chosen.add(first)
  }
  for (const agent of preferred) if (chosen.size < agents) chosen.add(agent)
  return { chosen: [...chosen].toSorted((a, b) => compareNames(a.name, b.name)) }
}

function hasLabel({ labels }: Announcement, { label, value }: SpreadShare): boolean {
  return labels[label] === value
}

/** site-2 before site-10. */
function compareNames(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true })
}

function describeMissing(
  agents: number,
  idle: readonly Announcement[],
  fit: readonly Announcement[],
  hasSpread: boolean,
): string {
  const names = idle.map(({ name }) => name).toSorted(compareNames)
  const busy = fit.filter(({ state }) => state !== 'idle').map(({ name }) => name)
  const here =
    names.length === 0 ? 'none is there' : `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} there`
  const inUse = busy.length === 0 ? '' : `; ${busy.toSorted(compareNames).join(', ')} in use by another run`
  return `${plural(agents, 'agent')}${hasSpread ? ' with the labels of --spread' : ''}: ${here}${inUse}`
}
