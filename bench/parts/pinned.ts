import { availableParallelism } from 'node:os'
import { execa } from 'execa'

const taskset = (await execa('taskset', ['--version'], { reject: false })).exitCode === 0

/** The core that servers are pinned to, and the one that clients are: never the same where there are two. */
export const serverCore = 0
export const clientCore = Math.min(1, availableParallelism() - 1)

/** A command held to a core, where the system has taskset; else the command as it is. */
export function pinned(
  core: number | undefined,
  command: string,
  args: readonly string[],
): [string, string[]] {
  if (core === undefined || !taskset) return [command, [...args]]
  return ['taskset', ['-c', String(core), command, ...args]]
}
