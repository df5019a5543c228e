import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const module = new URL('hold-install-lock.mjs', import.meta.url).href
let folder, file

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'framestorm lock '))
  file = join(folder, 'dist', '.framestorm-lock')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** A process that takes the lock, notes in a file that it works, and for how many others it is not alone. */
function installer(then) {
  const script = `
    import { appendFileSync } from 'node:fs'
    import { holdInstallLock } from ${JSON.stringify(module)}
    const release = await holdInstallLock(${JSON.stringify(file)}, { onWait: () => {}, pollMs: 5 })
    appendFileSync(${JSON.stringify(join(folder, 'log'))}, 'in\\n')
    ${then}
    appendFileSync(${JSON.stringify(join(folder, 'log'))}, 'out\\n')
    release()`
  return spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

describe('the lock of an installation', () => {
  it('lets one of several in at a time, after one that was killed at work as well', async () => {
    const killed = installer('process.kill(process.pid, "SIGKILL")')
    await once(killed, 'close')
    expect(existsSync(file)).toBe(true)
    rmSync(join(folder, 'log'))

    const several = [1, 2, 3, 4].map(() =>
      installer('for (let i = 0; i < 20; i++) await new Promise(setImmediate)'),
    )
    await Promise.all(several.map((child) => once(child, 'close')))
    expect(readFileSync(join(folder, 'log'), 'utf8')).toBe('in\nout\n'.repeat(4))
    expect(readdirSync(join(folder, 'dist'))).toEqual([])
  })

  it('is gone when its holder fails', async () => {
    await once(installer('process.exit(3)'), 'close')
    expect(existsSync(file)).toBe(false)
  })

  it('says who holds it', async () => {
    const { holdInstallLock } = await import(module)
    const seen = join(folder, 'seen')
    const holder = installer(`
      const { existsSync } = await import('node:fs')
      process.stdout.write('x')
      while (!existsSync(${JSON.stringify(seen)})) await new Promise((done) => setTimeout(done, 5))`)
    await once(holder.stdout, 'data')
    const waitedFor = []
    const onWait = (pid) => {
      waitedFor.push(pid)
      writeFileSync(seen, '')
    }
    const release = await holdInstallLock(file, { onWait, pollMs: 5 })
    release()
    expect(waitedFor).toEqual([String(holder.pid)])
    // Nothing that cannot be a process is waited for.
    writeFileSync(file, '')
    const again = await holdInstallLock(file, { onWait: (pid) => waitedFor.push(pid), pollMs: 5 })
    again()
    expect(waitedFor).toHaveLength(1)
  })
})
