import { createHash } from 'node:crypto'

/**
 * SHA-256 of what a scenario says after `--set` and `--server`: comments, layout and the order of fields do not
 * count, nor does the folder it lies in.
 *
 * @returns 64 hexadecimal digits
 */
export function scenarioHash(scenario: object): string {
  return createHash('sha256').update(JSON.stringify(scenario, sortedKeys)).digest('hex')
}

function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
