import type { LocatedData } from './text/located-data.js'
import { spanOfValue } from './text/located-data.js'
import { parseServer } from './grammar/parse-server.js'
import type { WrittenScenario } from './schema/scenario-schema.js'
import { isAbsolute, resolve } from 'node:path'
import type { ServerSettings } from './schema/settings.js'

/**
 * The scenario with every file named absolutely and every server text spelled out: what was relative to the file
 * or to the flag that it stands in no longer depends on where it was read.
 */
export function settlePlaces(scenario: WrittenScenario, data: LocatedData, folder: string): WrittenScenario {
  // Texts become texts and servers: the type of what is written holds for what is settled, too.
  function settled<T>(value: T, path: (string | number)[]): T
  function settled(value: unknown, path: (string | number)[]): unknown {
    if (Array.isArray(value))
      return value.map((element: unknown, index) => settled(element, [...path, index]))
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(
        Object.entries(value).map(([key, inner]) => [key, settled(inner, [...path, key])]),
      )
    }
    if (typeof value !== 'string') return value
    const base = spanOfValue(data, path)?.source.folder ?? folder
    return settledText(value, settingOf(path), base)
  }
  return settled(scenario, [])
}

function settledText(text: string, setting: string, folder: string): unknown {
  const [section = '', field = ''] = setting.split('.')
  if (setting === 'server') return resolveServerPaths(parseServer(text), folder)
  if (section === 'server' && isServerFile(field)) return resolvePath(folder, text)
  if (setting === 'video.source' && isRelativeFileSource(text)) return resolvePath(folder, text)
  if (setting === 'model.archive') return resolvePath(folder, text)
  if (setting === 'model.weights' && isWeightsFile(text)) return resolvePath(folder, text)
  return text
}

/** `points.0.video.source` and `video.source.1` are both the setting `video.source`. */
function settingOf(path: readonly (string | number)[]): string {
  const names = path.filter((part) => typeof part === 'string')
  return (names[0] === 'points' ? names.slice(1) : names).join('.')
}

/** A path as written, made absolute. */
function resolvePath(folder: string, written: string): string {
  return resolve(folder, written)
}

/** The files that a server names, made absolute. */
function resolveServerPaths<S extends ServerSettings>(server: S, folder: string): S {
  const files = Object.entries(server).flatMap(([name, value]: [string, unknown]) =>
    isServerFile(name) && typeof value === 'string' ? [[name, resolve(folder, value)] as const] : [],
  )
  return { ...server, ...Object.fromEntries(files) }
}

/** URLs, devices by number, the test pattern and absolute files are left as they are. */
function isRelativeFileSource(source: string): boolean {
  return (
    source !== 'testsrc' &&
    !/^\d+$/.test(source) &&
    !/^[a-z][a-z0-9+.-]*:\/\//i.test(source) &&
    !isAbsolute(source)
  )
}

/** `seeded` and `pretrained` are words, everything else is a state-dict file. */
function isWeightsFile(weights: string): boolean {
  return weights !== 'seeded' && weights !== 'pretrained'
}

function isServerFile(field: string): boolean {
  return ['handler', 'table', 'logFile'].includes(field)
}
