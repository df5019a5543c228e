import { environmentVariable, hidden } from '../grammar/http-header.js'
import { isMapping, pathOfKey, type LocatedData, type Span } from './located-data.js'

/** Replaces the part of a text that may be a secret. */
type Hide = (secret: string) => string

/**
 * A line or a flag without the values of headers, which may be keys. `$env:NAME` stays, because it is no secret.
 *
 * @param hide default: `***`
 */
export function hideHeaders(text: string, hide: Hide = () => hidden): string {
  const hideValue = (value: string) =>
    environmentVariable(unquoted(value)) === undefined ? hide(value) : value
  return (
    text
      // headers.x-api-key=value, up to the next field of the text
      .replaceAll(
        /(headers\.[^\s=,]+=)(.*?)(?=,[\w.-]+=|$)/g,
        (_, name: string, value: string) => name + hideValue(value),
      )
      // headers: { x-api-key: value, … }
      .replaceAll(
        /(headers?\s*[:=]\s*\{)([^}]*)/gi,
        (_, start: string, fields: string) =>
          start +
          fields.replaceAll(
            /(:\s*)("[^"]*"|'[^']*'|[^,\s][^,]*?)(?=\s*(?:,|$))/g,
            (__, colon: string, value: string) => colon + hideValue(value),
          ),
      )
  )
}

/** The places where the values of headers were written, except `$env:NAME`. */
export function hiddenHeaders({ value, places }: LocatedData): { span: Span; masked: string }[] {
  return [...places].flatMap(([key, { value: span }]) => {
    const path = pathOfKey(key)
    if (path.at(-2) !== 'headers' || environmentVariable(String(valueAt(value, path))) !== undefined)
      return []
    return [{ span, masked: hidden }]
  })
}

/** The text of a file without the values of headers that stand elsewhere in it, as anchors. */
export function hideAliasedHeaders(text: string, { value, places }: LocatedData): string {
  let shown = text
  for (const [key, { value: span }] of places) {
    const path = pathOfKey(key)
    if (path.at(-2) !== 'headers' || span.source.text[span.start] !== '*') continue
    const aliased = valueAt(value, path)
    if (typeof aliased === 'string') shown = shown.replaceAll(aliased, hidden)
  }
  return shown
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, part) => {
    if (Array.isArray(inner)) return inner[Number(part)] as unknown
    return isMapping(inner) ? inner[part] : undefined
  }, value)
}

function unquoted(text: string): string {
  return text.replace(/^(["'])(.*)\1$/, '$2')
}
