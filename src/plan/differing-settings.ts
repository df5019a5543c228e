export interface DifferingSetting {
  /** `mode`, or with its section (`server.kind`) where the bare name would not tell it apart. */
  name: string
  path: string
  /** One a given item; undefined where the item lacks the setting. */
  values: (string | undefined)[]
}

/** The settings that are not the same in all items, in the order in which they first appear. */
export function differingSettings(items: readonly object[]): DifferingSetting[] {
  return settingsOf(items).filter(({ values }) => new Set(values).size > 1)
}

/** All settings of the items, nested ones by their path. */
export function settingsOf(items: readonly object[]): DifferingSetting[] {
  const flat = items.map((item) => new Map(flatten(item, '')))
  const paths = [...new Set(flat.flatMap((settings) => [...settings.keys()]))]
  const field = (path: string) => path.slice(path.lastIndexOf('.') + 1)
  return paths.map((path) => ({
    name: paths.filter((other) => field(other) === field(path)).length === 1 ? field(path) : path,
    path,
    values: flat.map((settings) => settings.get(path)),
  }))
}

function flatten(value: unknown, path: string): [string, string][] {
  if (typeof value !== 'object' || value === null) return value === undefined ? [] : [[path, String(value)]]
  return Object.entries(value).flatMap(([field, inner]) =>
    flatten(inner, path === '' ? field : `${path}.${field}`),
  )
}
