import {
  isMapping,
  pathKey,
  pathOfKey,
  type DataPath,
  type LocatedData,
  type SourceText,
  type Span,
} from './located-data.js'
import { parseYaml } from './parse-yaml.js'
import type { Problem } from './problem.js'
import { plural } from '../../system/plural.js'
import { maskAddresses } from '../../system/secret-address.js'

/**
 * `--set path=value`: sets a value, parsed as YAML, at a path such as `load.1.fps`, and adds missing mappings. An empty
 * value or `null` removes the field.
 *
 * @param folder the base of relative paths in the value
 * @param flag the flag that was written, for errors
 */
export function setValue(data: LocatedData, text: string, folder: string, flag = '--set'): Edited {
  const equals = text.indexOf('=')
  const source: SourceText = {
    kind: 'flag',
    label: `${flag} ${text.slice(0, Math.max(0, equals))}`,
    text,
    folder,
  }
  const parts = text.slice(0, Math.max(0, equals)).split('.')
  if (equals < 1 || parts.some((part) => part.trim() === '')) {
    const problem = {
      span: { source: { ...source, label: flag }, start: 0, end: text.length },
      message: `${flag} needs a field and a value`,
      expected: 'path=value such as load.0.fps=10',
      received: maskAddresses(text),
    }
    return { data, problems: [problem] }
  }
  const parsed = parseYaml(source, equals + 1)
  if (parsed.problems.length > 0) return { data, problems: parsed.problems }
  return setAtPath(data, { path: parts, key: { source, start: 0, end: equals }, value: parsed.data })
}

/**
 * `--server text`, or a flag of the gate command for one of its servers: replaces the server of the scenario.
 *
 * @param file the contents of the file that the text names; undefined if the text is the server itself
 */
export function setServer(
  data: LocatedData,
  { flag, server }: { flag: string; server: string },
  { folder, file }: { folder: string; file?: SourceText | undefined },
): Edited {
  const text = `${flag} ${server}`
  const source: SourceText = { kind: 'flag', label: flag, text, folder }
  const key: Span = { source, start: flag.length + 1, end: text.length }
  if (file !== undefined) {
    const parsed = parseYaml(file)
    if (parsed.problems.length > 0) return { data, problems: parsed.problems }
    if (isMapping(parsed.data.value) || Array.isArray(parsed.data.value))
      return setAtPath(data, { path: ['server'], key, value: parsed.data })
    const problem = {
      span: { source: file, start: 0, end: 1 },
      message: 'the file does not hold a server',
      expected: 'the fields of a server, such as kind: url and inferenceUrl: http://host:8080',
      received: parsed.data.value === null ? 'an empty file' : 'something else',
    }
    return { data, problems: [problem] }
  }
  const located = { value: server, places: new Map([[pathKey([]), { value: key }]]) }
  return setAtPath(data, { path: ['server'], key, value: located })
}

/** Data that a flag has changed; unchanged if there are problems. */
interface Edited {
  data: LocatedData
  problems: Problem[]
}

interface Edit {
  path: readonly string[]
  /** The place of the path in the flag. */
  key: Span
  value: LocatedData
}

/** Located data with a new value at a path. The path may be a new field or a new last element of a list. */
function setAtPath(data: LocatedData, { path, key, value }: Edit): Edited {
  const reached = followPath(data.value, path)
  if ('refusal' in reached) return { data, problems: [{ span: key, ...reached.refusal }] }
  const at = reached.path
  const kept = [...data.places].filter(([place]) => !isAtOrBelow(place, at))
  // Mappings that are added on the way also have their place in the flag.
  const parents = at.map((_, length) => pathKey(at.slice(0, length)))
  const added = parents
    .filter((parent) => !data.places.has(parent))
    .map((parent) => [parent, { key, value: key }] as const)
  const placed = [...value.places].map(
    ([place, spans]) => [pathKey([...at, ...pathOfKey(place)]), spans] as const,
  )
  const places = new Map([...kept, ...added, ...placed])
  places.set(pathKey(at), { value: value.places.get(pathKey([]))?.value ?? key, key })
  return { data: { value: replaced(data.value, at, value.value), places }, problems: [] }
}

type Refusal = Pick<Problem, 'message' | 'remedy'>

/** The path with the indices of lists as numbers, or the reason why it does not exist. */
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
      return {
        refusal: { message: `${at} has no fields`, remedy: `Set its value as a whole: --set ${at}=...` },
      }
    }
  }
  return { path: followed }
}

function noElement(at: string, part: string, length: number): Refusal {
  const elements = Array.from({ length }, (_, index) => `${at}.${index}`).join(', ')
  return {
    message: `${at} is a list of ${plural(length, 'element')} and has no element ${part}`,
    remedy: `Use ${elements}, or ${at}.${length} for a new element.`,
  }
}

/** A copy with another value at the path. `null` removes a field, so that its default applies. */
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
