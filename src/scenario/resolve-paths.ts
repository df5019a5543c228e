import { isAbsolute, resolve } from 'node:path'
import type { ServerSettings } from './schema/settings.js'

/** A path as written, made absolute. */
export function resolvePath(folder: string, written: string): string {
  return resolve(folder, written)
}

/** The files that a server names, made absolute. */
export function resolveServerPaths<S extends ServerSettings>(server: S, folder: string): S {
  const files = Object.entries(server).flatMap(([name, value]: [string, unknown]) =>
    isServerFile(name) && typeof value === 'string' ? [[name, resolve(folder, value)] as const] : [],
  )
  return { ...server, ...Object.fromEntries(files) }
}

/** URLs, devices by number, the test pattern and absolute files are left as they are. */
export function isRelativeFileSource(source: string): boolean {
  return (
    source !== 'testsrc' &&
    !/^\d+$/.test(source) &&
    !/^[a-z][a-z0-9+.-]*:\/\//i.test(source) &&
    !isAbsolute(source)
  )
}

/** `seeded` and `pretrained` are words, everything else is a state-dict file. */
export function isWeightsFile(weights: string): boolean {
  return weights !== 'seeded' && weights !== 'pretrained'
}

export function isServerFile(field: string): boolean {
  return ['handler', 'table', 'logFile'].includes(field)
}
