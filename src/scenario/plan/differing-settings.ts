import { hideHeaderValue } from './header-values.js'

export interface Setting {
  /** `batchSize`; with its section (`server.workers`) if the bare name is ambiguous. */
  name: string
  path: string
  /** One per item; undefined if the item does not have the setting. */
  values: (string | undefined)[]
}

/**
 * The settings that differ between the items, in the order in which they first appear. Settings of a load or a server
 * are compared among items of the same kind: a closed load without fps does not differ in fps.
 */
export function differingSettings(items: readonly object[]): Setting[] {
  const settings = flattenSettings(items)
  const byPath = new Map(settings.map((setting) => [setting.path, setting]))
  return settings.filter(({ path, values }) => {
    const kinds = byPath.get(`${path.split('.')[0]}.kind`)?.values ?? []
    const groups = path.endsWith('.kind') ? [] : kinds
    const seen = new Map<string | undefined, Set<string | undefined>>()
    for (const [index, value] of values.entries()) {
      const group = groups[index]
      seen.set(group, (seen.get(group) ?? new Set()).add(value))
    }
    return [...seen.values()].some((group) => group.size > 1)
  })
}

/**
 * The points by the settings in which they differ, such as `mode=client batchSize=8`.
 *
 * @returns pairs of id and name
 */
export function nameByDifferences(points: readonly { id: number }[]): [id: number, name: string][] {
  const settings = differingSettings(points.map(({ id: _, ...others }) => others))
  return points.map(({ id }, row) => [id, nameRow(settings, row)])
}

/** `mode=client batchSize=8`: the settings that an item has. */
export function nameRow(settings: readonly Setting[], row: number): string {
  return settings
    .filter(({ values }) => values[row] !== undefined)
    .map(({ name, values }) => `${name}=${values[row]}`)
    .join(' ')
}

/** All settings of the items, nested ones by their path. */
export function flattenSettings(items: readonly object[]): Setting[] {
  const flat = items.map((item) => new Map(flatten(item, '')))
  const paths = [...new Set(flat.flatMap((settings) => [...settings.keys()]))]
  return paths.map((path) => ({
    name: settingName(path, paths),
    path,
    values: flat.map((settings) => settings.get(path)),
  }))
}

/** `load.kind` is called `load`, because its value is clear without the suffix. */
function settingName(path: string, paths: readonly string[]): string {
  if (path.endsWith('.kind')) return path.slice(0, -'.kind'.length)
  const sameField = paths.filter((other) => fieldName(other) === fieldName(path))
  return sameField.length === 1 ? fieldName(path) : path
}

function fieldName(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1)
}

function flatten(value: unknown, path: string): [string, string][] {
  if (value === undefined) return []
  if (typeof value !== 'object' || value === null) {
    return [[path, typeof value === 'string' ? value : JSON.stringify(value)]]
  }
  return Object.entries(value).flatMap(([field, inner]: [string, unknown]) =>
    flatten(hideHeaderValue(field, inner), path === '' ? field : `${path}.${field}`),
  )
}
