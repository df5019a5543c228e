/**
 * JSON with the fields of every object in alphabetical order: the same text for the same data, whether it comes from a
 * scenario, from run.json or from capacity.json.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}
