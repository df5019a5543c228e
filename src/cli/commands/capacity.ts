import { basename, join, relative } from 'node:path'
import type { Argv } from 'yargs'
import { runCapacity } from '../../capacity/live/run-capacity.js'
import { capacityJson } from '../../report/capacity/capacity-answer.js'
import { capacityText } from '../../report/capacity/capacity-text.js'
import { writeCapacity } from '../../report/capacity/capacity-page.js'
import { ExitCode, UserError } from '../../system/user-error.js'
import { writeRunOutputs } from '../../report/write-run-outputs.js'
import { serverLabel } from '../../analysis/run-analysis.js'
import type { Command } from '../command.js'
import { openNewRun, reopenRun } from '../open-run.js'
import { printNotice, printResult } from '../command.js'
import { capacityProgress } from '../progress/capacity-progress.js'

interface CapacityFlags {
  scenario?: string
  server?: string
  set?: string[]
  out?: string
  resume?: string
  windowMax: number
  tune: boolean
  json: boolean
}

export const capacityCommand: Command<CapacityFlags> = {
  command: 'capacity [scenario]',
  describe: 'how many cameras does this server carry within the SLO?',
  builder: (yargs: Argv) =>
    yargs
      .positional('scenario', { type: 'string', describe: 'a scenario with a camera load and an SLO' })
      .option('server', {
        type: 'string',
        requiresArg: true,
        describe: 'the server to measure, in place of the scenario’s',
      })
      .option('set', { type: 'string', array: true, nargs: 1, describe: 'set a field of the scenario' })
      .option('out', { type: 'string', requiresArg: true, describe: 'the run folder' })
      .option('resume', {
        type: 'string',
        requiresArg: true,
        describe: 'go on with the search in this folder',
      })
      .option('window-max', {
        type: 'number',
        requiresArg: true,
        default: 300,
        describe: 'seconds that one repetition may be measured until it is decided',
      })
      .option('tune', {
        type: 'boolean',
        default: false,
        describe: 'look for the best batching and workers too: simulate all, measure the best few',
      })
      .option('json', { type: 'boolean', default: false, describe: 'print the result as JSON on stdout' })
      .conflicts('resume', ['scenario', 'server', 'set', 'out'])
      .check(({ scenario, resume, windowMax }) => {
        if (scenario === undefined && resume === undefined) {
          throw new UserError('Name a scenario file, or --resume a search.')
        }
        if (Number(windowMax) > 0) return true
        throw new UserError('--window-max needs a time above 0', { received: String(windowMax) })
      }),

  async run({ scenario, resume, windowMax, tune, json, ...flags }, { interruption }) {
    const { folder, manifest } =
      resume === undefined ? await openNewRun(scenario!, flags, new Date()) : await reopenRun(resume)
    const progress = capacityProgress(process.stderr, process.env)
    const capacity = await runCapacity(folder, manifest, {
      windowMaxS: windowMax,
      ...(tune && { tune: {} }),
      signal: interruption.signal,
      ...progress,
    }).finally(() => progress.done())
    if (capacity === undefined) {
      const again = `${tune ? ' --tune' : ''} --window-max ${windowMax}`
      const where = relative(process.cwd(), folder)
      printNotice(`interrupted; go on with: framestorm capacity --resume ${where}${again}`)
      return ExitCode.pass
    }
    const analysis = await writeRunOutputs(folder)
    const server = serverLabel(analysis)
    await writeCapacity(capacity, folder, {
      scenario: manifest.scenario.name,
      run: basename(folder),
      server,
      simulated: analysis.server?.kind === 'embedded',
      startedAt: manifest.startedAt,
    })
    const answer = capacityJson(basename(folder), capacity)
    printResult(json ? JSON.stringify(answer, null, 2) : capacityText(capacity, server))
    printNotice(`report: ${relative(process.cwd(), join(folder, 'capacity.html'))}`)
    return answer.exitCode
  },
}
