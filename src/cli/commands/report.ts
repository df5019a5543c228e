import type { Argv } from 'yargs'
import type { Command } from '../command.js'
import { summariseRun } from '../summarise-run.js'

interface ReportFlags {
  run: string
  json: boolean
}

export const reportCommand: Command<ReportFlags> = {
  command: 'report <run>',
  describe: 'write the CSV files, summary and HTML report of a saved run again',
  builder: (yargs: Argv) =>
    yargs
      .positional('run', { type: 'string', demandOption: true, describe: 'a run folder' })
      .option('json', { type: 'boolean', default: false, describe: 'print the summary as JSON on stdout' }),

  run: ({ run, json }) => summariseRun(run, { json }),
}
