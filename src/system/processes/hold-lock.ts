import { randomUUID } from 'node:crypto'
import { mkdir, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { ExitCode, UserError, messageOf, systemErrorCode } from '../user-error.js'

export interface LockOptions {
  signal?: AbortSignal | undefined
  /** Called once when another process holds the lock and the wait begins. */
  onWait?: ((holder: string) => void) | undefined
  /** Time between two tries; 500 ms by default. */
  pollMs?: number | undefined
}

const holderSchema = z.object({ pid: z.int(), host: z.string() })
type Holder = z.infer<typeof holderSchema>

const heartbeatMs = 10_000
/** A holder on another host (or in another container) without a heartbeat for this long counts as dead. */
const silentMs = 120_000

async function readHolder(
  file: string,
): Promise<{ text: string; holder: Holder | undefined; ageMs: number } | undefined> {
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(file, 'utf8'), stat(file)])
    return { text, holder: parseHolder(text), ageMs: Date.now() - mtimeMs }
  } catch {
    return undefined
  }
}

function parseHolder(text: string): Holder | undefined {
  try {
    return holderSchema.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}

/** A lock is stale when its holder is dead, silent for long, or died while writing it. */
export function isStale(
  holder: Holder | undefined,
  ageMs: number,
  here: { host: string; isAlive: (pid: number) => boolean },
): boolean {
  if (ageMs > silentMs) return true
  if (holder === undefined) return ageMs > 5000
  return holder.host === here.host && !here.isAlive(holder.pid)
}

async function tryTake(file: string): Promise<boolean> {
  try {
    await mkdir(dirname(file), { recursive: true })
    const handle = await open(file, 'wx')
    await handle.writeFile(JSON.stringify({ pid: process.pid, host: hostname() } satisfies Holder))
    await handle.close()
    return true
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false
    throw new UserError('the cache folder cannot be written', {
      where: dirname(file),
      received: messageOf(error),
      remedy: 'Make it writable, with room on its disk, or point FRAMESTORM_HOME to another folder.',
      exitCode: ExitCode.environment,
      cause: error,
    })
  }
}

/**
 * Of several that find the same stale lock exactly one takes it away: a rename succeeds once. Where the lock changed
 * hands between looking and renaming, it is put back.
 */
async function clearStale(file: string, staleText: string): Promise<void> {
  const aside = `${file}.${randomUUID()}.stale`
  try {
    await rename(file, aside)
  } catch {
    return
  }
  if ((await readFile(aside, 'utf8')) === staleText) await rm(aside, { force: true })
  else await rename(aside, file)
}

/**
 * Runs `work` while holding the lock file, so that of several processes one at a time does it. A lock left behind by
 * a process that died is recovered.
 *
 * Own code instead of proper-lockfile, which had its last release in 2021 and takes over a dead holder's lock only after
 * a time-out: this one recognises a dead process of this host at once, and names the holder while it waits.
 *
 * @throws UserError (exit code 3) if its folder cannot be made or written
 */
export async function holdLock<T>(file: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  const here = { host: hostname(), isAlive: isProcessAlive }
  for (let reported = false; !(await tryTake(file));) {
    options.signal?.throwIfAborted()
    const found = await readHolder(file)
    if (found === undefined) continue
    if (isStale(found.holder, found.ageMs, here)) {
      await clearStale(file, found.text)
      continue
    }
    if (!reported)
      options.onWait?.(found.holder === undefined ? 'another process' : `process ${found.holder.pid}`)
    reported = true
    await sleep(options.pollMs ?? 500, undefined, { signal: options.signal })
  }
  const heartbeat = setInterval(() => void utimes(file, new Date(), new Date()).catch(() => {}), heartbeatMs)
  heartbeat.unref()
  try {
    return await work()
  } finally {
    clearInterval(heartbeat)
    await rm(file, { force: true })
  }
}

/**
 * What `find` finds, or else what `make` makes. Of several processes one makes it, under the lock file beside `path`,
 * and the others wait for it.
 */
export async function makeOnce<T>(
  path: string,
  { find, make, ...options }: LockOptions & { find: () => Promise<T | undefined>; make: () => Promise<T> },
): Promise<T> {
  const found = await find()
  if (found !== undefined) return found
  // Another process may have finished it before we got the lock.
  return holdLock(`${path}.lock`, options, async () => (await find()) ?? (await make()))
}

/** Whether a process with this id exists, also one of another user. */
export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return systemErrorCode(error) === 'EPERM'
  }
}
