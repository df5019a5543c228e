import { readFile, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { vi } from 'vitest'

/** More than the head of a sample file and some requests. */
const writtenBytes = 500

/**
 * Kills (SIGKILL) a local agent during a load: when it has written samples, which it does every second.
 *
 * @param out the run folder, or that of a gate
 * @param measurement how the name of the measurement begins. Default: any
 */
export async function killAgent(out: string, name: string, measurement = ''): Promise<void> {
  const folder = join(out, 'agents', name)
  const samples = join(folder, 'samples')
  await vi.waitFor(
    async () => {
      const files = (await readdir(samples)).filter((file) => file.startsWith(measurement))
      const sizes = await Promise.all(files.map(async (file) => (await stat(join(samples, file))).size))
      if (!(Math.max(...sizes) > writtenBytes)) throw new Error(`${name} has no samples`)
    },
    { timeout: 50_000, interval: 50 },
  )
  const { pid } = JSON.parse(await readFile(join(folder, 'agent.lock'), 'utf8')) as { pid: number }
  process.kill(pid, 'SIGKILL')
}
