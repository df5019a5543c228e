import { countClients, type LoadSlice } from '../load/load-slice.js'
import type { LoadSettings } from '../scenario/plan/plan.js'
import { plural } from '../system/plural.js'
import { UserError } from '../system/user-error.js'

/** What is dealt to an agent depends on its labels, such as `zone: 'eu'`. */
export interface LabelledAgent {
  name: string
  labels?: Readonly<Record<string, string>> | undefined
}

/** The agents with one label, and their share of the load in relation to the other shares. */
export interface SpreadShare {
  label: string
  value: string
  share: number
}

const example = 'label=value:share, separated by commas, such as zone=eu:70,zone=us:30'

/**
 * Parses `--spread`.
 *
 * @throws UserError
 */
export function parseSpread(text: string): SpreadShare[] {
  const shares = text.split(',').map((part) => {
    const [, label, value, number] = /^\s*([^\s=:,]+)=([^=,]*[^\s=,]):(\d+(?:\.\d+)?)\s*$/.exec(part) ?? []
    const share = Number(number)
    if (label === undefined || value === undefined || !(share > 0))
      throw new UserError('the spread is not valid', {
        where: '--spread',
        expected: `${example}; each share is above 0`,
        received: part.trim() === '' ? 'an empty part' : part.trim(),
        remedy: 'Write one share per label. Shares do not have to add up to 100.',
      })
    return { label, value, share }
  })
  const twice = shares.find((share, at) => shares.findIndex((other) => hasSameLabel(share, other)) !== at)
  if (twice === undefined) return shares
  throw new UserError(`the spread names ${nameOf(twice)} twice`, {
    where: '--spread',
    expected: example,
    received: text,
    remedy: 'Write one share per label.',
  })
}

/**
 * Deals a load to agents: contiguous ranges of clients, in the order of the agents. Whole edge devices and whole requests
 * in flight are dealt, so that each slice sends exactly what it would send as part of the whole load. Without a spread all
 * agents get the same. With one, the agents of a label get its share, each of them the same. Rounded by largest remainder.
 *
 * @throws UserError if an agent gets nothing, or the spread does not say how much
 */
export function dealLoad(
  load: LoadSettings,
  framesPerRequest: number,
  agents: readonly LabelledAgent[],
  spread?: readonly SpreadShare[],
): LoadSlice[] {
  const clients = countClients(load, framesPerRequest)
  if (clients < agents.length) throw tooSmall(load, clients, `for ${plural(agents.length, 'agent')}`)
  const counts = agents.map(() => 0)
  const groups = spread === undefined ? [{ share: 1, members: [...agents.keys()] }] : groupBy(spread, agents)
  const sizes = byLargestRemainder(
    clients,
    groups.map(({ share }) => share),
  )
  for (const [at, { members }] of groups.entries()) {
    const each = byLargestRemainder(
      sizes[at]!,
      members.map(() => 1),
    )
    for (const [place, agent] of members.entries()) counts[agent] = each[place]!
  }
  const idle = counts.indexOf(0)
  if (idle >= 0) throw tooSmall(load, clients, `to give agent ${agents[idle]!.name} a part of this spread`)
  let firstClient = 0
  return counts.map((count, agent) => {
    const slice = { agent, agents: agents.length, firstClient, clients: count }
    firstClient += count
    return slice
  })
}

/** For each share, the indexes of its agents. */
function groupBy(
  spread: readonly SpreadShare[],
  agents: readonly LabelledAgent[],
): { share: number; members: number[] }[] {
  const sharesOf = agents.map(({ labels }) => spread.filter(({ label, value }) => labels?.[label] === value))
  const odd = sharesOf.findIndex((shares) => shares.length !== 1)
  if (odd >= 0) {
    const agent = agents[odd]!
    const shares = sharesOf[odd]!
    const named = shares.map(nameOf).join(' and ')
    throw new UserError(
      shares.length === 0
        ? `the spread gives no share to agent ${agent.name}`
        : `the spread gives agent ${agent.name} more than one share`,
      {
        where: '--spread',
        expected: 'one share for the labels of each agent',
        received: shares.length === 0 ? describeLabels(agent) : named,
        remedy: 'Change the spread, or start the agent with other labels.',
      },
    )
  }
  return spread.map((share) => {
    const members = sharesOf.flatMap((shares, agent) => (shares[0] === share ? [agent] : []))
    if (members.length > 0) return { share: share.share, members }
    throw new UserError(`no agent has the label ${nameOf(share)}`, {
      where: '--spread',
      expected: 'at least one agent per share',
      received: agents.map(describeLabels).join('; '),
      remedy: 'Start an agent with this label, or leave out the share.',
    })
  })
}

/** Whole parts of `total` in proportion to the weights. The parts add up to `total`. */
function byLargestRemainder(total: number, weights: readonly number[]): number[] {
  const sum = weights.reduce((all, weight) => all + weight, 0)
  const exact = weights.map((weight) => (total * weight) / sum)
  const parts = exact.map(Math.floor)
  const left = total - parts.reduce((all, part) => all + part, 0)
  const largestFirst = [...exact.keys()].toSorted(
    (a, b) => exact[b]! - parts[b]! - (exact[a]! - parts[a]!) || a - b,
  )
  for (const at of largestFirst.slice(0, left)) parts[at]! += 1
  return parts
}

function tooSmall(load: LoadSettings, clients: number, purpose: string): UserError {
  const isClosed = load.kind === 'closed'
  return new UserError(`the load is too small ${purpose}`, {
    expected: isClosed
      ? 'at least one request in flight per agent'
      : 'at least one edge device per agent: a device and its cameras stay together',
    received: plural(clients, isClosed ? 'request' : 'edge device') + (isClosed ? ' in flight' : ''),
    remedy: isClosed
      ? 'Use fewer agents, or more frames in flight.'
      : 'Use fewer agents, more cameras, or fewer cameras per edge device.',
  })
}

function hasSameLabel(a: SpreadShare, b: SpreadShare): boolean {
  return a.label === b.label && a.value === b.value
}

function nameOf({ label, value }: SpreadShare): string {
  return `${label}=${value}`
}

function describeLabels({ name, labels = {} }: LabelledAgent): string {
  const all = Object.entries(labels).map(([label, value]) => `${label}=${value}`)
  return `${name}: ${all.length === 0 ? 'no labels' : all.join(', ')}`
}
