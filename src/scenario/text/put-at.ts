import { isMapping } from './is-mapping.js'
import { pathKey, pathOfKey, type DataPath, type LocatedData, type Span } from './located-data.js'
import type { Problem } from './problem.js'

/** Data after a flag was laid over it; unchanged where there are problems. */
export interface Edited {
  data: LocatedData
  problems: Problem[]
}

export interface Edit {
  path: readonly string[]
  /** Where the flag names the path. */
  key: Span
  put: LocatedData
}

/** Located data with other data at a path, which may lead to a new field or to a new last element of a list. */
export function putAt(data: LocatedData, { path, key, put }: Edit): Edited {
  const reached = followPath(data.value, path)
  if ('refusal' in reached) return { data, problems: [{ span: key, ...reached.refusal }] }
  const at = reached.path
  const kept = [...data.places].filter(([place]) => !isAtOrBelow(place, at))
  // Mappings that are made on the way stand at the flag, too.
  const parents = at.map((_, length) => pathKey(at.slice(0, length)))
  const made = parents
    .filter((parent) => !data.places.has(parent))
    .map((parent) => [parent, { key, value: key }] as const)
  const added = [...put.places].map(
    ([place, spans]) => [pathKey([...at, ...pathOfKey(place)]), spans] as const,
  )
  const places = new Map([...kept, ...made, ...added])
  places.set(pathKey(at), { value: put.places.get(pathKey([]))?.value ?? key, key })
  return { data: { value: replaced(data.value, at, put.value), places }, problems: [] }
}

type Refusal = Pick<Problem, 'message' | 'remedy'>

/** The path with the places in lists as numbers, or why it leads nowhere. */
function followPath(value: unknown, path: readonly string[]): { path: DataPath } | { refusal: Refusal } {
  let current = value
  const followed: (string | number)[] = []
  for (const part of path) {
    const at = followed.join('.')
    if (Array.isArray(current)) {
      const index = /^\d+$/.test(part) ? Number(part) : -1
      if (index < 0 || index > current.length) return { refusal: noElement(at, part, current.length) }
      followed.push(index)
      current = current[index] as unknown
    } else if (current === undefined || current === null || isMapping(current)) {
      followed.push(part)
      current = isMapping(current) && Object.hasOwn(current, part) ? current[part] : undefined
    } else {
      return { refusal: { message: `${at} has no fields`, remedy: `Set it as a whole: --set ${at}=...` } }
    }
  }
  return { path: followed }
}

function noElement(at: string, part: string, length: number): Refusal {
  const elements = Array.from({ length }, (_, index) => `${at}.${index}`).join(', ')
  return {
    message: `${at} is a list of ${length} and has no element ${part}`,
    remedy: `Name the element: ${elements}, or ${at}.${length} for a new one.`,
  }
}

/** A copy with another value at the path; `null` takes a field away, so that its default holds again. */
function replaced(current: unknown, [part, ...rest]: DataPath, value: unknown): unknown {
  if (part === undefined) return value
  if (Array.isArray(current)) {
    return current.toSpliced(Number(part), 1, replaced(current[Number(part)], rest, value))
  }
  const fields = isMapping(current) ? current : {}
  const others = Object.entries(fields).filter(([name]) => name !== part)
  const inner = replaced(Object.hasOwn(fields, part) ? fields[part] : undefined, rest, value)
  return Object.fromEntries(inner === null ? others : [...others, [part, inner]])
}

function isAtOrBelow(place: string, path: DataPath): boolean {
  const parts = pathOfKey(place)
  return path.every((part, index) => parts[index] === String(part))
}
