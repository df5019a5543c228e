/** A text that a user wrote: a scenario file, or a flag of the command line. */
export interface SourceText {
  kind: 'file' | 'flag'
  /** The file as the user named it, or the name of the flag. */
  label: string
  text: string
  /** The base of relative paths in it. */
  folder: string
}

/** A part of a text: offsets in UTF-16 units, `end` exclusive. */
export interface Span {
  source: SourceText
  start: number
  end: number
}

export type DataPath = readonly (string | number)[]

/** Plain data, and the place where each of its values and keys was written. */
export interface LocatedData {
  value: unknown
  places: ReadonlyMap<string, { key?: Span; value: Span }>
}

/** A path as a key of `places`. */
export function pathKey(path: readonly PropertyKey[]): string {
  return path.map(String).join(separator)
}

/** The path of a key of `places`. */
export function pathOfKey(key: string): string[] {
  return key === '' ? [] : key.split(separator)
}

const separator = '\u0000'

/** Where the value at a path was written, or else the nearest value around it. */
export function spanOfValue(data: LocatedData, path: readonly PropertyKey[]): Span | undefined {
  for (let length = path.length; length >= 0; length--) {
    const place = data.places.get(pathKey(path.slice(0, length)))
    if (place !== undefined) return length === path.length ? place.value : (place.key ?? place.value)
  }
  return undefined
}

/** Where the key at a path was written, or else its value or the nearest value around it. */
export function spanOfKey(data: LocatedData, path: readonly PropertyKey[]): Span | undefined {
  return data.places.get(pathKey(path))?.key ?? spanOfValue(data, path)
}

/** A mapping of YAML: an object that is not a list. */
export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
