import {
  pathKey,
  pathOfKey,
  type DataPath,
  type LocatedData,
  type SourceText,
  type Span,
} from './located-data.js'
import type { Problem } from './problem.js'
import { isMapping } from './is-mapping.js'
import { parseYaml } from './parse-yaml.js'

type Edited = { data: LocatedData; problems: Problem[] }

/**
 * `--set path=value`: puts a value, read as YAML, at a path such as `load.1.fps`, making mappings on the way.
 * An empty value or `null` removes the field.
 *
 * @param folder what relative paths in the value are resolved against
 */
export function setValue(data: LocatedData, text: string, folder: string): Edited {
  const equals = text.indexOf('=')
  const source: SourceText = {
    kind: 'flag',
    label: `--set ${text.slice(0, Math.max(0, equals))}`,
    text,
    folder,
  }
  const parts = text.slice(0, Math.max(0, equals)).split('.')
  if (equals < 1 || parts.some((part) => part.trim() === '')) {
    const problem = {
      span: { source: { ...source, label: '--set' }, start: 0, end: text.length },
      message: '--set does not say which field gets which value',
      expected: 'path=value such as load.0.fps=10',
      received: text,
    }
    return { data, problems: [problem] }
  }
  const parsed = parseYaml(source, equals + 1)
  if (parsed.problems.length > 0) return { data, problems: parsed.problems }
  return putAt(data, { path: parts, key: { source, start: 0, end: equals }, put: parsed.data })
}

/** `--server text`, in place of whatever the scenario says. */
export function setServer(data: LocatedData, server: string, folder: string): Edited {
  const flag = '--server '
  const source: SourceText = { kind: 'flag', label: '--server', text: flag + server, folder }
  const value: Span = { source, start: flag.length, end: flag.length + server.length }
  const put = { value: server, places: new Map([[pathKey([]), { value }]]) }
  return putAt(data, { path: ['server'], key: value, put })
}

interface Edit {
  path: string[]
  key: Span
  put: LocatedData
}

class Unreachable extends Error {}

function putAt(data: LocatedData, { path, key, put }: Edit): Edited {
  const reached: (string | number)[] = []
  try {
    const value = replaced(data.value, path, put.value, reached)
    const old = [...data.places].filter(([at]) => !isAtOrBelow(at, reached))
    const added = [...put.places].map(
      ([at, place]) => [pathKey([...reached, ...pathOfKey(at)]), place] as const,
    )
    const places = new Map([...old, ...added])
    // Mappings made on the way are placed at the flag, too.
    for (let length = 1; length <= reached.length; length++) {
      const at = pathKey(reached.slice(0, length))
      const known = places.get(at)
      if (known === undefined) places.set(at, { key, value: key })
      else if (length === reached.length) places.set(at, { ...known, key })
    }
    return { data: { value, places }, problems: [] }
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error
    return { data, problems: [{ span: key, message: error.message, remedy: String(error.cause) }] }
  }
}

/** A copy with another value at the path; fills `reached` with the path, list places as numbers. */
function replaced(
  current: unknown,
  path: readonly string[],
  value: unknown,
  reached: (string | number)[],
): unknown {
  const [part, ...rest] = path
  if (part === undefined) return value
  if (Array.isArray(current)) return replacedInList(current, path, value, reached)
  if (current !== undefined && current !== null && !isMapping(current)) {
    const at = reached.join('.')
    throw new Unreachable(`${at} has no fields`, { cause: `Set it as a whole: --set ${at}=...` })
  }
  reached.push(part)
  const fields = { ...current }
  const inner = replaced(Object.hasOwn(fields, part) ? fields[part] : undefined, rest, value, reached)
  // `null` takes the field away, so that its default holds again.
  if (inner !== null) return { ...fields, [part]: inner }
  return Object.fromEntries(Object.entries(fields).filter(([name]) => name !== part))
}

function replacedInList(
  list: unknown[],
  path: readonly string[],
  value: unknown,
  reached: (string | number)[],
) {
  const [part = '', ...rest] = path
  const index = /^\d+$/.test(part) ? Number(part) : -1
  if (index < 0 || index > list.length) {
    const at = reached.join('.')
    const places = list.map((_, place) => `${at}.${place}`).join(', ')
    throw new Unreachable(`${at} is a list of ${list.length} and has no element ${part}`, {
      cause: `Name the element: ${places}, or ${at}.${list.length} for a new one.`,
    })
  }
  reached.push(index)
  return index === list.length
    ? [...list, replaced(undefined, rest, value, reached)]
    : list.with(index, replaced(list[index], rest, value, reached))
}

function isAtOrBelow(at: string, path: DataPath): boolean {
  const parts = pathOfKey(at)
  return path.every((part, index) => parts[index] === String(part))
}
