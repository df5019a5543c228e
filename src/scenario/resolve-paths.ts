import { resolve } from 'node:path'
import { fileSettings } from './schema/file-settings.js'
import { Unswept } from './schema/section.js'
import { spanOfValue, type LocatedData } from './text/located-data.js'

/**
 * The scenario with absolute paths. Relative paths are resolved against the folder of the scenario file, or of the flag
 * that contains them.
 *
 * @param folder the folder of the scenario file
 */
export function resolvePaths<T extends object>(scenario: T, data: LocatedData, folder: string): T
export function resolvePaths(scenario: unknown, data: LocatedData, folder: string): unknown {
  const resolved = (value: unknown, path: (string | number)[]): unknown => {
    if (value instanceof Unswept) return value
    if (Array.isArray(value))
      return value.map((element: unknown, index) => resolved(element, [...path, index]))
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(
        Object.entries(value).map(([key, inner]) => [key, resolved(inner, [...path, key])]),
      )
    }
    if (typeof value !== 'string' || fileSettings.get(settingName(path))?.(value) !== true) return value
    return resolve(spanOfValue(data, path)?.source.folder ?? folder, value)
  }
  return resolved(scenario, [])
}

/** `points.0.video.source` and `video.source.1` both belong to the setting `video.source`. */
function settingName(path: readonly (string | number)[]): string {
  const names = path.filter((part) => typeof part === 'string')
  return (names[0] === 'points' ? names.slice(1) : names).join('.')
}
