import { basename, join, relative, resolve } from 'node:path'
import writeFileAtomic from 'write-file-atomic'
import type { Argv } from 'yargs'
import { ExitCode } from '../../system/user-error.js'
import { compareRuns } from '../../report/html/comparison-page.js'
import { sampleFormats, type SampleFormat } from '../../scenario/schema/output.js'
import { printNotice, type Command } from '../command.js'
import { openOutputs, summariseRun } from '../summarise-run.js'

interface ReportFlags {
  run: string
  other?: string
  out?: string
  json: boolean
  samples?: SampleFormat
}

export const reportCommand: Command<ReportFlags> = {
  builder: (yargs: Argv) =>
    yargs
      .positional('run', { type: 'string', demandOption: true, describe: 'Run folder' })
      .positional('other', { type: 'string', describe: 'Second run to compare with' })
      .option('out', {
        type: 'string',
        requiresArg: true,
        describe: 'Two runs: output file (default: compared-with-OTHER.html in the first run’s folder)',
      })
      .option('json', {
        type: 'boolean',
        default: false,
        describe: 'One run: print the summary as JSON on stdout',
      })
      .option('samples', {
        choices: sampleFormats,
        requiresArg: true,
        describe:
          'One run: format of the files of requests and frames (default: output.samples of the scenario)',
      })
      .conflicts('samples', 'other'),

  async run({ run, other, out, json, samples }) {
    if (other === undefined) return summariseRun(run, { json }, await openOutputs(run, { samples }))
    const file = resolve(out ?? join(run, `compared-with-${basename(resolve(other))}.html`))
    await writeFileAtomic(file, await compareRuns(run, other))
    printNotice(`comparison: ${relative(process.cwd(), file)}`)
    return ExitCode.pass
  },
}
