import type { Argv } from 'yargs'
import { ExitCode, UserError } from '../../system/user-error.js'
import { measurePlan } from '../../measure/measure-plan.js'
import { missingMeasurements } from '../../measure/missing-measurements.js'
import { describePlan } from '../../scenario/plan/describe-plan.js'
import { planScenario } from '../../scenario/plan/plan-scenario.js'
import { loadScenario } from '../../scenario/load-scenario.js'
import type { Command } from '../command.js'
import type { OpenRun } from '../open-run.js'
import { openNewRun, reopenRun } from '../open-run.js'
import { printResult } from '../command.js'
import { progressDisplay } from '../progress/progress-display.js'
import { followRun } from '../progress/run-progress.js'
import { summariseRun } from '../summarise-run.js'

interface BenchFlags {
  scenario?: string
  server?: string
  set?: string[]
  out?: string
  resume?: string
  dryRun: boolean
  crossCheck: boolean
  json: boolean
}

export const benchCommand: Command<BenchFlags> = {
  command: 'bench [scenario]',
  describe: 'measure a scenario: plan, load, CSV files and an HTML report',
  builder: (yargs: Argv) =>
    yargs
      .positional('scenario', { type: 'string', describe: 'a YAML file, such as scenarios/quickstart.yaml' })
      .option('server', {
        type: 'string',
        requiresArg: true,
        describe: 'the server to measure, in place of the scenario’s: auto, torchserve, embedded, http://…',
      })
      .option('set', {
        type: 'string',
        array: true,
        nargs: 1,
        describe: 'set a field of the scenario, such as measure.durationS=5 (repeatable)',
      })
      .option('out', {
        type: 'string',
        requiresArg: true,
        describe: 'the run folder (default: a new one under reports/)',
      })
      .option('resume', { type: 'string', requiresArg: true, describe: 'go on with the run in this folder' })
      .option('dry-run', { type: 'boolean', default: false, describe: 'print the plan and touch nothing' })
      .option('cross-check', {
        type: 'boolean',
        default: false,
        describe: 'have autocannon measure one closed point of each mode too',
      })
      .option('json', { type: 'boolean', default: false, describe: 'print the summary as JSON on stdout' })
      .conflicts('resume', ['scenario', 'server', 'set', 'out'])
      .check(({ scenario, resume, out }) => {
        if (out === '') throw new UserError('--out names no folder', { where: '--out', expected: 'a folder' })
        if (scenario !== undefined || resume !== undefined) return true
        throw new UserError('Name a scenario file, or --resume a run.', {
          remedy: 'framestorm bench scenarios/quickstart.yaml is a good first one',
        })
      }),

  async run(flags, { interruption }) {
    if (flags.dryRun && flags.scenario !== undefined) {
      const loaded = await loadScenario(flags.scenario, overridesOf(flags))
      printResult(describePlan(planScenario(loaded), loaded.name))
      return ExitCode.pass
    }
    const run = await openRun(flags)
    if (flags.dryRun) {
      printResult(describePlan(run.manifest.plan, run.manifest.scenario.name))
      return ExitCode.pass
    }
    try {
      await measureShown(run, flags.crossCheck, interruption.signal)
    } catch (error) {
      // What was measured before the failure is summarised all the same; the failure is what is reported.
      // Where even that fails (a full disk), the first failure is still the one to report.
      if (run.manifest.measurements.length > 0) await summariseRun(run.folder, flags).catch(() => undefined)
      throw error
    }
    return run.manifest.measurements.length === 0 ? ExitCode.pass : summariseRun(run.folder, flags)
  },
}

function overridesOf({ server, set }: BenchFlags) {
  return { ...(server !== undefined && { server }), ...(set !== undefined && { set }) }
}

async function openRun(flags: BenchFlags): Promise<OpenRun> {
  if (flags.resume !== undefined) return reopenRun(flags.resume)
  return openNewRun(flags.scenario!, { out: flags.out, ...overridesOf(flags) }, new Date())
}

async function measureShown(
  { folder, manifest }: OpenRun,
  crossCheck: boolean,
  signal: AbortSignal,
): Promise<void> {
  const owed = missingMeasurements(manifest.plan, manifest.measurements).length
  const display = progressDisplay(process.stderr, process.env)
  try {
    await measurePlan(folder, manifest, {
      signal,
      crossCheck,
      observer: followRun(manifest.plan, owed, Date.now, display.changed),
    })
  } finally {
    display.done()
  }
}
