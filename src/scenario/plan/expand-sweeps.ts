/** A value with every list replaced by one of its elements. */
export type OneOf<T> = T extends readonly (infer Element)[]
  ? OneOf<Element>
  : T extends object
    ? { [Key in keyof T]: OneOf<T[Key]> }
    : T

/**
 * Every combination of what is swept: a list stands for each of its elements, a mapping for the cross product of
 * its fields. The last field varies fastest.
 */
export function expandSweeps<T>(value: T): OneOf<T>[]
export function expandSweeps(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flatMap((element: unknown) => expandSweeps(element))
  if (typeof value !== 'object' || value === null) return [value]
  return Object.entries(value).reduce<Record<string, unknown>[]>(
    (partial, [field, inner]: [string, unknown]) => {
      const expanded = expandSweeps(inner)
      return partial.flatMap((fields) => expanded.map((single) => ({ ...fields, [field]: single })))
    },
    [{}],
  )
}

/** How many combinations `expandSweeps` would give, without making them. */
export function countSweeps(value: unknown): number {
  if (Array.isArray(value))
    return value.reduce<number>((sum, element: unknown) => sum + countSweeps(element), 0)
  if (typeof value !== 'object' || value === null) return 1
  return Object.values(value).reduce<number>((product, inner: unknown) => product * countSweeps(inner), 1)
}
