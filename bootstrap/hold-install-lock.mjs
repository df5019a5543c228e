import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Lets one of several installations in a checkout run while the others wait. The lock file is deleted when this process
 * ends. The lock of a process that was killed is taken over.
 */
export async function holdInstallLock(file, { onWait, pollMs = 200 }) {
  mkdirSync(dirname(file), { recursive: true })
  for (let reported = false; !take(file);) {
    const holder = read(file)
    if (holder === undefined) continue
    if (!isAlive(Number(holder))) {
      takeAway(file, holder)
      continue
    }
    if (!reported) onWait(holder)
    reported = true
    await sleep(pollMs)
  }
  const release = () => rmSync(file, { force: true })
  process.on('exit', release)
  return () => {
    process.off('exit', release)
    release()
  }
}

/** Writes a separate file and links it into place, so that a lock always contains its process id. */
function take(file) {
  const own = `${file}.${process.pid}`
  writeFileSync(own, String(process.pid))
  try {
    linkSync(own, file)
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  } finally {
    rmSync(own, { force: true })
  }
}

/** Only one of several processes can rename the stale lock. If the lock was already a new one, it is put back. */
function takeAway(file, staleHolder) {
  const aside = `${file}.${process.pid}.stale`
  try {
    renameSync(file, aside)
    if (read(aside) !== staleHolder) linkSync(aside, file)
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'EEXIST') throw error
  }
  rmSync(aside, { force: true })
}

function isAlive(pid) {
  // 0 would test this process group, which always exists.
  if (!(pid > 0)) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

function read(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
