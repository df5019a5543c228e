import type { Check } from './check.js'

const marks: Record<Check['status'], string> = { ok: 'ok', warning: 'warning', missing: 'MISSING' }

/** A line for each check, its remedy below it; plain text that reads in a bug report as on a terminal. Pure. */
export function formatChecks(checks: readonly Check[]): string {
  const nameWidth = Math.max(...checks.map(({ name }) => name.length), 0)
  const markWidth = Math.max(...Object.values(marks).map((mark) => mark.length))
  const indent = ' '.repeat(markWidth + nameWidth + 4)
  return checks
    .map(({ name, status, version, place, detail, remedy }) => {
      const facts = [version, detail, place].filter((fact) => fact !== undefined).join(' · ')
      const line = `${marks[status].padEnd(markWidth)}  ${name.padEnd(nameWidth)}  ${facts}`.trimEnd()
      return remedy === undefined ? line : `${line}\n${indent}→ ${remedy}`
    })
    .join('\n')
}
