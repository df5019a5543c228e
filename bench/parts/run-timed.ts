import { execa } from 'execa'

/** Runs a command to its end. `cpuUs`: user and system time of the whole process. */
export async function runTimed(
  command: string,
  args: readonly string[],
): Promise<{ stdout: string; cpuUs: number }> {
  // The shell's `time` is what tells the CPU of a finished process; the command comes as arguments, not as text.
  const { stdout, stderr } = await execa('bash', [
    '-c',
    'TIMEFORMAT="cpu %U %S"; time "$@"',
    'bash',
    command,
    ...args,
  ])
  const [, user, system] = /cpu ([\d.]+) ([\d.]+)/.exec(stderr) ?? []
  return { stdout, cpuUs: (Number(user) + Number(system)) * 1e6 }
}
