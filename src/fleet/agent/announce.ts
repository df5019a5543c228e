import { setTimeout as sleep } from 'node:timers/promises'
import type { KV, KvEntry } from '@nats-io/kv'
import { UserError } from '../../system/user-error.js'
import { encodeMessage, parseMessage } from '../message/parse-message.js'
import { announcement, type Announcement } from '../message/announcement.js'
import { announcementTtlMs } from '../message/subjects.js'

/** The entry of a live agent under its name. */
export interface Presence {
  /** Shown from the next second on. */
  setState: (state: Announcement['state']) => void
  /** Rejects if another agent has taken the name while the broker was away. Else it never ends. */
  lost: Promise<never>
  /** Removes the entry. */
  withdraw: () => Promise<void>
}

const announceEveryMs = 1000
/** An update that was on its way when the broker ended is repeated after so long. */
const updateMs = 1500
/** The entry of an agent that was killed lives on for so long. */
const staleMs = announcementTtlMs + 2000
const pollMs = 250

/**
 * Announces an agent, and keeps its entry alive.
 *
 * @throws UserError (exit code 2) if another agent with this name is alive
 */
export async function announce(kv: KV, own: Announcement, signal: AbortSignal): Promise<Presence> {
  let current = own
  let revision = await claim(kv, own, signal)
  const ended = new AbortController()

  async function refresh(): Promise<void> {
    try {
      revision = await kv.update(own.name, encodeMessage(current), revision, updateMs)
    } catch {
      // The entry has expired, or the broker has lost it, or only its answer was lost, or somebody else has the name.
      const entry = await liveEntry(kv, own.name)
      const id = entry && idOf(entry)
      if (entry === undefined) revision = await kv.create(own.name, encodeMessage(current))
      else if (id === own.id) revision = entry.revision
      else if (id === undefined) revision = await kv.put(own.name, encodeMessage(current))
      else throw nameTaken(own.name)
    }
  }

  async function keepAlive(): Promise<never> {
    for (;;) {
      await sleep(announceEveryMs, undefined, { signal: ended.signal })
      try {
        await refresh()
      } catch (error) {
        if (error instanceof UserError) throw error
        // The broker is away. The connection comes back by itself.
      }
    }
  }

  const lost = keepAlive()
  // Whoever waits for it may begin later, and nobody needs to after `withdraw`.
  lost.catch(() => undefined)
  return {
    setState(state) {
      current = { ...current, state }
    },
    lost,
    async withdraw() {
      ended.abort()
      await kv.delete(own.name).catch(() => undefined)
    },
  }
}

/** Takes the name, if need be once the entry of a dead agent has expired. */
async function claim(kv: KV, own: Announcement, signal: AbortSignal): Promise<number> {
  let first: KvEntry | undefined
  for (const until = Date.now() + staleMs; ; await sleep(pollMs, undefined, { signal })) {
    const entry = await liveEntry(kv, own.name)
    if (entry === undefined) {
      const revision = await kv.create(own.name, encodeMessage(own)).catch(() => undefined)
      if (revision !== undefined) return revision
      continue
    }
    const id = idOf(entry)
    if (id === own.id) return entry.revision
    if (id === undefined) return kv.put(own.name, encodeMessage(own))
    first ??= entry
    // An entry that is refreshed belongs to a live agent.
    if (entry.revision !== first.revision || Date.now() > until) throw nameTaken(own.name)
  }
}

async function liveEntry(kv: KV, name: string): Promise<KvEntry | undefined> {
  const entry = await kv.get(name)
  return entry === null || entry.operation !== 'PUT' ? undefined : entry
}

/** Undefined if the entry is not that of an agent. */
function idOf({ value }: KvEntry): string | undefined {
  const parsed = parseMessage(announcement, value)
  return 'message' in parsed ? parsed.message.id : undefined
}

function nameTaken(name: string): UserError {
  return new UserError(`another agent has the name ${name}`, {
    where: '--name',
    expected: 'a name that no other agent at this broker has',
    remedy: 'Choose another name, or end the other agent.',
  })
}
