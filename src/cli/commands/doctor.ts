import type { Argv } from 'yargs'
import { ExitCode } from '../../system/user-error.js'
import { formatChecks } from '../doctor/format-checks.js'
import { isFit, runChecks } from '../doctor/run-checks.js'
import type { Command } from '../command.js'
import { printResult } from '../command.js'

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
