import { arch, cpus, platform, release, totalmem } from 'node:os'

/**
 * The machine in words, stored with every run so that two runs can be told apart. No host name and no user:
 * reports are handed around.
 */
export function environmentFacts(): Record<string, string> {
  const cores = cpus()
  return {
    os: `${platform()} ${release()}`,
    cpu: cores[0]?.model.trim() ?? arch(),
    cores: String(cores.length),
    memory: `${(totalmem() / 2 ** 30).toFixed(1)} GiB`,
    node: process.versions.node,
  }
}
