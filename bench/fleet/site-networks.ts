import { execa } from 'execa'

/** Networks of their own for processes of this machine, from which nothing of it is reached but `hostAddress`. */
export interface SiteNetworks {
  /** An address of this machine that each network reaches, and by which nobody else reaches it. */
  hostAddress: string
  /** The command that runs another one in a network. */
  inside: (network: number, command: string, args: readonly string[]) => [string, string[]]
  close: () => Promise<void>
}

const hostAddress = '10.77.0.1'

/**
 * Creates network namespaces, each with a link to this machine (ip-netns(8), veth(4)). They need the right to administer
 * the network, as root has it.
 *
 * @returns undefined if that is not possible here
 */
export async function openSiteNetworks(count: number): Promise<SiteNetworks | undefined> {
  const prefix = `fs${process.pid % 10_000}`
  const names = Array.from({ length: count }, (_, i) => `${prefix}-${i}`)
  const ip = (...args: string[]) => execa('ip', args)

  async function close(): Promise<void> {
    // The links of a namespace go with it.
    for (const name of names) await ip('netns', 'del', name).catch(() => undefined)
    await ip('addr', 'del', `${hostAddress}/32`, 'dev', 'lo').catch(() => undefined)
  }

  try {
    await ip('addr', 'replace', `${hostAddress}/32`, 'dev', 'lo')
    for (const [i, name] of names.entries()) {
      const [outer, inner] = [`10.77.${i + 1}.1`, `10.77.${i + 1}.2`]
      await ip('netns', 'add', name)
      await ip('link', 'add', name, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name)
      await ip('addr', 'add', `${outer}/24`, 'dev', name)
      await ip('link', 'set', name, 'up')
      await ip('-n', name, 'addr', 'add', `${inner}/24`, 'dev', 'eth0')
      for (const device of ['lo', 'eth0']) await ip('-n', name, 'link', 'set', device, 'up')
      await ip('-n', name, 'route', 'add', 'default', 'via', outer)
    }
  } catch {
    await close()
    return undefined
  }
  return {
    hostAddress,
    inside: (network, command, args) => ['ip', ['netns', 'exec', names[network]!, command, ...args]],
    close,
  }
}
