import { basename, join, relative } from 'node:path'
import type { Argv } from 'yargs'
import { answerCapacity, type CapacityRun } from '../../capacity/capacity-run.js'
import { capacitySettings } from '../../capacity/capacity-setting.js'
import { runCapacity } from '../../capacity/live/run-capacity.js'
import type { FleetFlags } from '../../fleet/coordinator/fleet-request.js'
import { capacityError, capacityJson } from '../../report/capacity/capacity-json.js'
import { describeCapacityPlan } from '../../report/capacity/describe-capacity-plan.js'
import { formatSetting } from '../../report/format/format.js'
import { capacityText } from '../../report/capacity/capacity-text.js'
import { writeCapacity } from '../../report/capacity/capacity-page.js'
import { ExitCode, UserError } from '../../system/user-error.js'
import { openRunOutputs } from '../../report/write-run-outputs.js'
import { spreadsheetNote } from '../../report/samples/written-run.js'
import { isSimulated, serverLabel } from '../../analysis/analyse-run.js'
import { printNotice, printResult, readDurationS, type Command } from '../command.js'
import { fleetOptions, readFleetFlags, repeatFleetFlags, withFleet } from '../fleet-flags.js'
import { openNewRun, openSavedRun, planRun } from '../open-run.js'
import { capacityProgress } from '../progress/capacity-progress.js'

interface CapacityFlags extends FleetFlags {
  scenario?: string
  server?: string
  set?: string[]
  out?: string
  resume?: string
  budget?: string
  windowMax?: string | string[]
  dryRun: boolean
  tune: boolean
  json: boolean
}

export const capacityCommand: Command<CapacityFlags> = {
  builder: (yargs: Argv) =>
    fleetOptions(yargs)
      .positional('scenario', { type: 'string', describe: 'Scenario with a camera load and an SLO' })
      .option('server', {
        type: 'string',
        requiresArg: true,
        describe: 'Server to measure instead of the scenario’s',
      })
      .option('set', {
        type: 'string',
        array: true,
        nargs: 1,
        describe: 'Set a field of the scenario (repeatable)',
      })
      .option('out', {
        type: 'string',
        requiresArg: true,
        describe: 'Run folder (default: a new folder under reports/)',
      })
      .option('resume', {
        type: 'string',
        requiresArg: true,
        describe: 'Resume the search in this folder',
      })
      .option('budget', {
        type: 'string',
        requiresArg: true,
        describe: 'Time for the whole search, such as 5m: the best bracket that it allows',
      })
      .option('dry-run', {
        type: 'boolean',
        default: false,
        describe: 'Print the settings, what will be measured and the expected time, and exit',
      })
      .option('tune', {
        type: 'boolean',
        default: false,
        describe: 'Also search batching and workers: simulate every combination, measure the best few',
      })
      .option('window-max', { type: 'string', hidden: true })
      .option('json', { type: 'boolean', default: false, describe: 'Print the result as JSON on stdout' })
      .conflicts('resume', ['scenario', 'server', 'set', 'out'])
      .check(({ scenario, resume, dryRun }) => {
        if (resume !== undefined && dryRun === true)
          throw new UserError('resume and dry-run cannot be combined', {
            expected: 'a scenario file with --dry-run',
          })
        if (scenario !== undefined || resume !== undefined) return true
        throw new UserError('no scenario was given', {
          expected: 'a scenario file, or --resume with a run folder',
        })
      }),

  async run({ scenario, resume, tune, json, dryRun, ...written }, { interruption }) {
    refuseWindowMax(written.windowMax)
    const fleet = readFleetFlags(written)
    const flags = { ...written, fleet }
    const budgetS = readDurationS('--budget', flags.budget)
    if (dryRun && scenario !== undefined) {
      const { loaded, plan } = await planRun(scenario, { ...flags, camerasAreSearched: true })
      const settings = capacitySettings(plan.points, loaded.file, formatSetting)
      printResult(describeCapacityPlan(settings, loaded.name, { tune, budgetS }))
      return ExitCode.pass
    }
    const run =
      resume === undefined
        ? await openNewRun(scenario!, { ...flags, camerasAreSearched: true }, new Date())
        : await openSavedRun(resume, fleet, { mayLeaveOut: true })
    const { folder } = run
    const progress = capacityProgress(process.stderr, process.env)
    const outputs = openRunOutputs(folder)
    let capacity: CapacityRun | undefined
    try {
      const { signal } = interruption
      const { onStatus } = progress
      capacity = await withFleet(fleet, run, { signal, onStatus, mayLeaveOut: true }, (runLoad) =>
        runCapacity(run, {
          budgetS,
          tune: tune ? {} : undefined,
          labelSetting: formatSetting,
          collector: outputs,
          signal,
          runLoad,
          ...progress,
        }),
      )
    } finally {
      progress.done()
      if (capacity === undefined) await outputs.discard()
    }
    if (capacity === undefined) {
      const budget = budgetS === undefined ? '' : ` --budget ${budgetS}s`
      const again = `${tune ? ' --tune' : ''}${budget}${repeatFleetFlags(flags)}`
      const where = relative(process.cwd(), folder)
      printNotice(`interrupted; to resume: \`framestorm capacity --resume ${where}${again}\``)
      return ExitCode.pass
    }
    const analysis = await outputs.end()
    const server = serverLabel(analysis.subjects)
    await writeCapacity(capacity, folder, {
      scenario: run.manifest.scenario.name,
      run: basename(folder),
      server,
      simulated: isSimulated(analysis.subjects),
      startedAt: run.manifest.startedAt,
    })
    const answer = answerCapacity(capacity)
    if (answer.kind !== 'found') throw capacityError(capacity, answer)
    const result = capacityJson(basename(folder), capacity, answer)
    printResult(
      json ? JSON.stringify(result, null, 2) : capacityText(capacity, server, process.stdout.columns),
    )
    const cut = spreadsheetNote(analysis)
    if (cut !== undefined) printNotice(cut)
    printNotice(`report: ${relative(process.cwd(), join(folder, 'capacity.html'))}`)
    return answer.exitCode
  },
}

function refuseWindowMax(given: string | string[] | undefined): void {
  if (given === undefined) return
  throw new UserError('--window-max no longer exists', {
    where: '--window-max',
    expected: '--budget, the time for the whole search, such as --budget 5m',
    received: `--window-max ${[given].flat().join(' ')}`.trim(),
    remedy: 'Remove it, or set --budget. The search chooses the length of its windows itself.',
  })
}
