import { parseDurationMs } from '../grammar/parse-quantity.js'

/** How to write a value with a unit (`durationS: 10s`) or a quoted number as the bare number that is wanted. */
export function unitRemedy(field: string, value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  if (value.trim() !== '' && Number.isFinite(Number(value)))
    return `Write it without quotes: ${field}: ${value.trim()}`
  const ms = parseDurationMs(value)
  const unit = /(Ms|S)$/.exec(field)?.[1]
  if (ms !== undefined && unit !== undefined) {
    return `Write ${field}: ${unit === 'Ms' ? ms : ms / 1000} - the unit is in the name of the field.`
  }
  const number = /^(\d+(?:\.\d+)?)\s*[a-z%]+$/i.exec(value.trim())?.[1]
  return number === undefined ? undefined : `Write the bare number: ${field}: ${number}`
}
