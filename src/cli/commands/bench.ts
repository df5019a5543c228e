import { relative } from 'node:path'
import type { Argv } from 'yargs'
import { ExitCode, UserError, formatUserError } from '../../system/user-error.js'
import { requireModelFiles, requireReadableVideos } from '../../measure/check-plan.js'
import { missingMeasurements } from '../../measure/measure-plan.js'
import { measureRecommended } from '../../capacity/recommend/measure-recommended.js'
import type { RunOutputs } from '../../report/write-run-outputs.js'
import type { FleetFlags, FleetRequest } from '../../fleet/coordinator/fleet-request.js'
import type { MeasurementRecord } from '../../run/manifest.js'
import type { RunWriter } from '../../run/run-writer.js'
import { allPoints } from '../../scenario/plan/plan.js'
import { exampleRequests } from '../../frames/payload/example-requests.js'
import { describePlan, describeRequests } from '../../report/describe-plan.js'
import { printNotice, printResult, readDurationS, type Command } from '../command.js'
import { fleetOptions, readFleetFlags, repeatFleetFlags, withFleet } from '../fleet-flags.js'
import { openNewRun, openSavedRun, planRun } from '../open-run.js'
import { progressDisplay } from '../progress/progress-display.js'
import { followRun } from '../progress/run-progress.js'
import { openOutputs, summariseRun } from '../summarise-run.js'

interface BenchFlags extends FleetFlags {
  scenario?: string
  server?: string
  set?: string[]
  out?: string
  resume?: string
  dryRun: boolean
  crossCheck: boolean
  camerasOf?: string
  untilDecided: boolean
  budget?: string
  json: boolean
}

type PlannedFlags = BenchFlags & { fleet: FleetRequest | undefined }

export const benchCommand: Command<BenchFlags> = {
  builder: (yargs: Argv) =>
    fleetOptions(yargs)
      .positional('scenario', {
        type: 'string',
        describe: 'Scenario file, such as scenarios/quickstart.yaml',
      })
      .option('server', {
        type: 'string',
        requiresArg: true,
        describe:
          'Server to measure instead of the scenario’s: auto, torchserve, embedded, http://…, or a YAML file',
      })
      .option('set', {
        type: 'string',
        array: true,
        nargs: 1,
        describe: 'Set a field of the scenario, such as measure.durationS=5 (repeatable)',
      })
      .option('out', {
        type: 'string',
        requiresArg: true,
        describe: 'Run folder (default: a new folder under reports/)',
      })
      .option('resume', { type: 'string', requiresArg: true, describe: 'Resume the run in this folder' })
      .option('dry-run', {
        type: 'boolean',
        default: false,
        describe: 'Print the plan and example requests, and exit',
      })
      .option('cross-check', {
        type: 'boolean',
        default: false,
        describe: 'Repeat one closed-load point per mode and protocol with autocannon (gRPC: grpc-js)',
      })
      .option('cameras-of', {
        type: 'string',
        requiresArg: true,
        describe: 'Take the numbers of cameras for loads with ofCeiling from this run folder',
      })
      .option('until-decided', {
        type: 'boolean',
        default: false,
        describe: 'Measure only until it is decided which setting carries most',
      })
      .option('budget', {
        type: 'string',
        requiresArg: true,
        describe: 'Time for --until-decided, such as 90s (default: 5m)',
      })
      .option('json', { type: 'boolean', default: false, describe: 'Print the summary as JSON on stdout' })
      .conflicts('resume', ['scenario', 'server', 'set', 'out', 'cameras-of'])
      .check(({ scenario, resume, out, untilDecided, budget }) => {
        requireRaceFlags({ resume, untilDecided, budget })
        if (out === '') throw new UserError('--out is empty', { where: '--out', expected: 'a folder' })
        if (scenario !== undefined || resume !== undefined) return true
        throw new UserError('no scenario was given', {
          expected: 'a scenario file, or --resume with a run folder',
          remedy: 'For a first run: `framestorm bench scenarios/quickstart.yaml`.',
        })
      }),

  async run(written, { interruption }) {
    const fleet = readFleetFlags(written)
    if (fleet !== undefined && written.crossCheck) throw crossCheckBesideAgents()
    const flags = { ...written, fleet }
    if (flags.dryRun && flags.scenario !== undefined) {
      const { loaded, plan } = await planRun(flags.scenario, withBudget(flags))
      const points = allPoints(plan)
      const unusable = await requireModelFiles(points)
      const checked = await requireReadableVideos(points, interruption.signal)
      if (checked === undefined)
        printNotice('the video was not checked: ffmpeg is not installed yet; the first run installs it')
      printResult(describePlan(plan, loaded.name))
      printResult(describeRequests(exampleRequests(points, checked?.firstFrames)))
      for (const { point, error } of [...unusable, ...(checked?.tooLarge ?? [])])
        printNotice(formatUserError(error).replace(/^error/, `point ${point.id} would be left out`))
      return ExitCode.pass
    }
    const run = await openRun(flags)
    if (flags.dryRun) {
      const { plan, scenario } = run.manifest
      printResult(describePlan(plan, scenario.name))
      printResult(describeRequests(exampleRequests(allPoints(plan))))
      return ExitCode.pass
    }
    const outputs = await openOutputs(run.folder)
    try {
      const { crossCheck } = flags
      await measureShown(run, outputs, { crossCheck, fleet, signal: interruption.signal })
    } catch (error) {
      // Measurements before the failure are summarised. The failure itself is reported. If that fails too (a full
      // disk), the first failure is reported.
      if (run.manifest.measurements.length > 0)
        await summariseRun(run.folder, flags, outputs).catch(() => undefined)
      if (run.manifest.measurements.length > 0 || run.manifest.status === 'interrupted')
        printNotice(resumeHint(run, flags))
      throw error
    }
    const exitCode =
      run.manifest.measurements.length === 0 ? ExitCode.pass : await summariseRun(run.folder, flags, outputs)
    const { status, leftOut = [], measurements } = run.manifest
    const lost = measurements.flatMap(describeLost)
    for (const line of lost) printNotice(line)
    if (status === 'interrupted' || leftOut.length > 0) printNotice(resumeHint(run, flags))
    return exitCode
  },
}

function resumeHint({ folder, manifest }: RunWriter, flags: FleetFlags): string {
  const command = `\`framestorm bench --resume ${relative(process.cwd(), folder)}${repeatFleetFlags(flags)}\``
  const isWhole = manifest.measurements.every((record) => describeLost(record).length === 0)
  return manifest.status === 'complete'
    ? `points were left out; to try them again: ${command}`
    : `${isWhole ? 'interrupted' : 'incomplete'}; to resume: ${command}`
}

/** One line for each agent that was lost in a measurement. */
function describeLost({ point, repetition, agents = [] }: MeasurementRecord): string[] {
  return agents.flatMap(({ site, lost }) =>
    lost === undefined ? [] : [`point ${point}, repetition ${repetition}: agent ${site} was lost: ${lost}`],
  )
}

async function openRun(flags: PlannedFlags): Promise<RunWriter> {
  if (flags.resume !== undefined) return openSavedRun(flags.resume, flags.fleet)
  return openNewRun(flags.scenario!, withBudget(flags), new Date())
}

function crossCheckBesideAgents(): UserError {
  return new UserError('--cross-check and --agents cannot be combined', {
    where: '--cross-check',
    expected: 'one of the two: autocannon sends from this machine only',
    remedy: 'Remove one of them.',
  })
}

function withBudget(
  flags: PlannedFlags,
): PlannedFlags & { race: { budgetS: number | undefined } | undefined } {
  return {
    ...flags,
    race: flags.untilDecided ? { budgetS: readDurationS('--budget', flags.budget) } : undefined,
  }
}

/** yargs cannot say it: `until-decided` has a default, so it is never absent. */
function requireRaceFlags({
  resume,
  untilDecided,
  budget,
}: Record<'resume' | 'untilDecided' | 'budget', unknown>): void {
  if (resume !== undefined && (untilDecided === true || budget !== undefined)) {
    throw new UserError('--until-decided and --budget are for a new run', {
      where: '--resume',
      expected: 'no other flags: the run keeps whether it is measured until it is decided, and its budget',
      received: untilDecided === true ? '--until-decided' : '--budget',
      remedy: 'Remove the flag, or start a new run.',
    })
  }
  if (budget !== undefined && untilDecided !== true) {
    throw new UserError('--budget needs --until-decided', {
      where: '--budget',
      expected: '--until-decided, which stops when its budget is spent',
      remedy: 'Add --until-decided, or remove --budget.',
    })
  }
}

async function measureShown(
  run: RunWriter,
  { analyse }: Pick<RunOutputs, 'analyse'>,
  {
    crossCheck,
    fleet,
    signal,
  }: { crossCheck: boolean; fleet: FleetRequest | undefined; signal: AbortSignal },
): Promise<void> {
  const pending = missingMeasurements(run.manifest).length
  const display = progressDisplay(process.stderr, process.env)
  const observer = followRun(run.manifest.plan, pending, Date.now, display.changed)
  try {
    await withFleet(fleet, run, { signal, onStatus: observer.status }, (runLoad) =>
      measureRecommended(run, { analyse, signal, crossCheck, observer, runLoad }),
    )
  } finally {
    display.done()
  }
}
