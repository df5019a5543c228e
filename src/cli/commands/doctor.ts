import type { Argv } from 'yargs'
import { ExitCode } from '../../system/user-error.js'
import { isFit, runChecks, type Check } from '../doctor/checks.js'
import { printResult, type Command } from '../command.js'

interface DoctorFlags {
  json: boolean
}

export const doctorCommand: Command<DoctorFlags> = {
  builder: (yargs: Argv) =>
    yargs.option('json', { type: 'boolean', default: false, describe: 'Print the checks as JSON on stdout' }),

  async run({ json }, { interruption }) {
    const checks = await runChecks(interruption.signal)
    printResult(json ? JSON.stringify(checks, null, 2) : formatChecks(checks))
    return isFit(checks) ? ExitCode.pass : ExitCode.environment
  },
}

const marks: Record<Check['status'], string> = { ok: 'ok', warning: 'warning', missing: 'MISSING' }

/** One line per check, its remedy below it; plain text, for a terminal as for a bug report. */
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
