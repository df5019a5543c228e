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
  /** Time between two attempts. Default: 500 ms. */
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
      remedy: 'Make the folder writable, free some disk space, or set FRAMESTORM_HOME to another folder.',
      exitCode: ExitCode.environment,
      cause: error,
    })
  }
}

/**
 * Removes a stale lock. Of several processes that find it, exactly one succeeds, because a rename succeeds only once.
 * If another process took the lock between the check and the rename, the lock is put back.
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
 * Runs `work` while holding the lock file, so that only one process at a time does it. A lock left behind by a process
 * that died is recovered.
 *
 * Why not proper-lockfile: its last release was in 2021, and it takes over a dead holder's lock only after a timeout.
 * This code recognises a dead process of this host at once, and names the holder while it waits.
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
 * Returns what `find` finds, or else what `make` makes. If several processes need it, one makes it under the lock file
 * beside `path`, and the others wait.
 */
export async function makeOnce<T>(
  path: string,
  { find, make, ...options }: LockOptions & { find: () => Promise<T | undefined>; make: () => Promise<T> },
): Promise<T> {
  const found = await find()
  if (found !== undefined) return found
  // Another process may have made it before this one got the lock.
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
