import { spawnGuarded, type GuardedOptions } from './spawn-guarded.js'

/**
 * Runs a command to its end under a guard, so that neither an abort nor a killed parent leaves it behind.
 *
 * @returns its exit code (null: ended by a signal) and its last 200 lines
 * @throws the signal's reason once the command is gone, when aborted
 */
export async function runGuarded(
  command: string,
  args: string[],
  options: GuardedOptions & { signal?: AbortSignal },
): Promise<{ code: number | null; lines: string[] }> {
  const { signal, onLine, ...rest } = options
  signal?.throwIfAborted()
  const lines: string[] = []
  const running = await spawnGuarded(command, args, {
    ...rest,
    onLine: (line) => {
      lines.push(line)
      if (lines.length > 200) lines.shift()
      onLine?.(line)
    },
  })
  const onAbort = () => void running.end()
  signal?.addEventListener('abort', onAbort)
  // Aborted while it was starting: the event has passed already.
  if (signal?.aborted === true) onAbort()
  const { code } = await running.exited
  signal?.removeEventListener('abort', onAbort)
  signal?.throwIfAborted()
  return { code, lines }
}
