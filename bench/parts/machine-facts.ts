import { cpus, loadavg, release, totalmem, type } from 'node:os'
import { execa } from 'execa'

/** What the figures were measured on, in words. */
export async function machineFacts(): Promise<string[]> {
  return [
    `${cpus().length} × ${cpus()[0]?.model.trim()}, ${(totalmem() / 1024 ** 3).toFixed(0)} GB`,
    `${type()} ${release()}, Node ${process.version}`,
    await version('nginx', ['-v']),
    await version('h2load', ['--version']),
    (await version('wrk', ['-v'])).replace(/ Copyright.*/, ''),
    `load average when it began: ${loadavg()
      .map((load) => load.toFixed(2))
      .join(' ')}`,
  ]
}

async function version(command: string, args: string[]): Promise<string> {
  const { stdout, stderr } = await execa(command, args, { reject: false })
  return (stdout || stderr).split('\n')[0]?.trim() || `${command}: not installed`
}
