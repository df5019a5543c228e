import { hideAddress, maskAddresses } from '../system/secret-address.js'
import { isMapping, spanOfValue, type LocatedData, type Span } from './text/located-data.js'

/** A value of a text that has a secret, and what is shown in its place. */
export interface HiddenValue {
  span: Span
  masked: string
}

/**
 * The data with the address of each video source masked, and the places where the addresses were written. Each
 * command and each library function begins here, so that nothing after it can show or save a password.
 */
export function hideAddresses(data: LocatedData): { data: LocatedData; hidden: HiddenValue[] } {
  const hidden: HiddenValue[] = []
  const visit = (value: unknown, path: (string | number)[]): unknown => {
    if (Array.isArray(value)) return value.map((element: unknown, index) => visit(element, [...path, index]))
    if (isMapping(value)) {
      return Object.fromEntries(
        Object.entries(value).map(([key, inner]) => [key, visit(inner, [...path, key])]),
      )
    }
    if (typeof value !== 'string' || path.findLast((part) => typeof part === 'string') !== 'source')
      return value
    const masked = hideAddress(value)
    const span = spanOfValue(data, path)
    if (masked !== value && span !== undefined) hidden.push({ span, masked })
    return masked
  }
  return { data: { ...data, value: visit(data.value, []) }, hidden }
}

/** A text that a user wrote, with every address in it masked: those that were read as values, and all others. */
export function maskText(text: string, hidden: readonly HiddenValue[]): string {
  const values = hidden.filter(({ span }) => span.source.text === text)
  const byPlace = new Map(values.map((value) => [value.span.start, value]))
  const lastFirst = [...byPlace.values()].toSorted((a, b) => b.span.start - a.span.start)
  const replaced = lastFirst.reduce(
    (current, { span, masked }) =>
      current.slice(0, span.start) + JSON.stringify(masked) + current.slice(span.end),
    text,
  )
  return maskAddresses(replaced)
}
