import { pathKey, type LocatedData, type SourceText, type Span } from './located-data.js'
import { parseYaml } from './parse-yaml.js'
import { putAt, type Edited } from './put-at.js'

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

/** `--server text` (or the flag of a gate's side), in place of whatever the scenario says. */
export function setServer(
  data: LocatedData,
  { flag, server }: { flag: string; server: string },
  folder: string,
): Edited {
  const text = `${flag} ${server}`
  const source: SourceText = { kind: 'flag', label: flag, text, folder }
  const value: Span = { source, start: flag.length + 1, end: text.length }
  const put = { value: server, places: new Map([[pathKey([]), { value }]]) }
  return putAt(data, { path: ['server'], key: value, put })
}
