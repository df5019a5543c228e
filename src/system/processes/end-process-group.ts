import { setTimeout as sleep } from 'node:timers/promises'

const pollMs = 25
/** After SIGKILL only the kernel's bookkeeping is left; zombies that are never reaped must not block. */
const afterKillMs = 2000

function signalGroup(groupId: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-groupId, signal)
    return true
  } catch {
    // ESRCH: no process is left. EPERM (macOS): only zombies are.
    return false
  }
}

async function waitUntilGone(groupId: number, limitMs: number): Promise<boolean> {
  for (const until = Date.now() + limitMs; Date.now() < until; await sleep(pollMs)) {
    if (!signalGroup(groupId, 0)) return true
  }
  return false
}

/**
 * Ends every process of a group: SIGTERM, then SIGKILL for processes that still run after `graceMs`. Resolves when no
 * process is left. A group that does not exist is no error.
 */
export async function endProcessGroup(groupId: number, graceMs: number): Promise<void> {
  if (!signalGroup(groupId, 'SIGTERM')) return
  if (await waitUntilGone(groupId, graceMs)) return
  signalGroup(groupId, 'SIGKILL')
  await waitUntilGone(groupId, afterKillMs)
}
