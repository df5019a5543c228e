import { requirements } from './requirements.js'

/** Where PyTorch keeps its wheels without CUDA. */
export const cpuIndex = 'https://download.pytorch.org/whl/cpu'

export interface PipSituation {
  /** As process.platform has it. */
  platform: NodeJS.Platform
  hasNvidiaGpu: boolean
  /** Whether `cpuIndex` answers; asked only where it would be used. */
  cpuIndexReachable: boolean
  /** pip's own settings by name, such as `no-index`, from `pip config list`. */
  settings: ReadonlyMap<string, string>
  /** `23.2.1` */
  pipVersion: string
}

/** On Linux PyPI's torch brings gigabytes of CUDA; on macOS its wheel is the CPU one already. Pure. */
export function wantsCpuIndex(
  situation: Pick<PipSituation, 'platform' | 'hasNvidiaGpu' | 'settings'>,
): boolean {
  const offline = situation.settings.get('no-index')
  return (
    situation.platform === 'linux' &&
    !situation.hasNvidiaGpu &&
    (offline === undefined || ['false', '0', 'no', 'off'].includes(offline.toLowerCase()))
  )
}

/**
 * Arguments after `python -m` that install the requirements. Pure. The user's own proxy, mirror and find-links stay in force: pip
 * reads them itself, and the CPU index only comes in addition (its `2.13.0+cpu` sorts before a plain `2.13.0`,
 * PEP 440, and meets the same pin).
 */
export function pipArguments(situation: PipSituation, wanted: readonly string[] = requirements): string[] {
  const [major = 0, minor = 0] = situation.pipVersion.split('.').map(Number)
  const reportsBytes = major > 24 || (major === 24 && minor >= 1)
  return [
    'pip',
    'install',
    '--disable-pip-version-check',
    '--no-input',
    '--progress-bar',
    reportsBytes ? 'raw' : 'off',
    ...(wantsCpuIndex(situation) && situation.cpuIndexReachable ? ['--extra-index-url', cpuIndex] : []),
    ...wanted,
  ]
}

/** `pip config list` as a map: `global.proxy='…'` and `:env:.proxy='…'` both become `proxy`. Pure. */
export function parsePipSettings(listing: string): Map<string, string> {
  const settings = new Map<string, string>()
  for (const line of listing.split('\n')) {
    const match = /^(?::env:|global|install|user|site)\.([a-z-]+)='?(.*?)'?$/.exec(line.trim())
    // Environment variables are listed first and win over files.
    if (match !== null && !settings.has(match[1]!)) settings.set(match[1]!, match[2]!)
  }
  return settings
}
