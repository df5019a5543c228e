import { rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Argv } from 'yargs'
import { ExitCode, UserError } from '../../system/user-error.js'
import type { GateResult } from '../../gate/gate-result.js'
import { liveGate } from '../../gate/live/live-gate.js'
import { findRuns, requireBaselineQuality, storedGate } from '../../gate/stored/stored-gate.js'
import { analyseRun } from '../../analysis/analyse-run.js'
import { gateJson } from '../../report/gate/gate-json.js'
import { gateText } from '../../report/gate/gate-text.js'
import { writeOutputs } from '../../report/gate/write-gate-outputs.js'
import { openRunOutputs, type RunOutputs } from '../../report/write-run-outputs.js'
import type { Fleet } from '../../fleet/coordinator/open-fleet.js'
import { requireReachable, type FleetFlags } from '../../fleet/coordinator/fleet-request.js'
import { acceptBaseline } from '../accept-baseline.js'
import {
  printNotice,
  printResult,
  readDurationS,
  readWholeNumber,
  type Command,
  type CommandContext,
} from '../command.js'
import { fleetOptions, openFleetOf, readFleetFlags } from '../fleet-flags.js'
import { newFolderUnderReports } from '../new-folder-under-reports.js'
import { gateProgress } from '../progress/gate-progress.js'

interface GateFlags extends FleetFlags {
  subject: string
  baseline: string
  candidate?: string
  set?: string[]
  baselineSet?: string[]
  candidateSet?: string[]
  point?: string
  metrics?: string
  budget?: string
  inconclusive?: 'fail' | 'pass'
  accept: boolean
  out?: string
  json: boolean
}

export const gateCommand: Command<GateFlags> = {
  builder: (yargs: Argv) =>
    fleetOptions(yargs)
      .positional('subject', {
        type: 'string',
        demandOption: true,
        describe: 'Scenario file (live gate, with --candidate) or run folder (stored gate)',
      })
      .option('baseline', {
        type: 'string',
        requiresArg: true,
        demandOption: true,
        describe: 'Live: baseline server. Stored: a run folder, or a folder of runs',
      })
      .option('candidate', { type: 'string', requiresArg: true, describe: 'Live: candidate server' })
      .option('set', {
        type: 'string',
        array: true,
        nargs: 1,
        describe: 'Live: set a field of the scenario (repeatable)',
      })
      .option('baseline-set', {
        type: 'string',
        array: true,
        nargs: 1,
        describe: 'Live: set a field for the baseline only, such as model.version=1.0 (repeatable)',
      })
      .option('candidate-set', {
        type: 'string',
        array: true,
        nargs: 1,
        describe: 'Live: set a field for the candidate only (repeatable)',
      })
      .option('point', {
        type: 'string',
        requiresArg: true,
        describe: 'Live: point of the scenario to compare',
      })
      .option('metrics', {
        type: 'string',
        requiresArg: true,
        describe: 'Metrics to compare, such as fps:5%,requestLatencyP99Ms',
      })
      .option('budget', {
        type: 'string',
        requiresArg: true,
        describe: 'Live: maximum time, such as 10m (default: 6m, or 8 pairs if they take longer)',
      })
      .option('inconclusive', {
        choices: ['fail', 'pass'] as const,
        describe: 'Exit 1 (fail) or 0 (pass) when the result is inconclusive (default: exit 5)',
      })
      .option('accept', { type: 'boolean', default: false, describe: 'Stored: record the run as a baseline' })
      .option('out', { type: 'string', requiresArg: true, describe: 'Output folder' })
      .option('json', { type: 'boolean', default: false, describe: 'Print the result as JSON on stdout' })
      .check(({ accept, candidate }) => {
        if (!accept || candidate === undefined) return true
        throw new UserError('--accept is for a stored gate only', {
          remedy: 'Remove --candidate, and give a saved run and the folder of baselines.',
        })
      }),

  async run(flags, context) {
    const result = flags.candidate === undefined ? await stored(flags) : await live(flags, context)
    if (result === undefined) return ExitCode.pass
    printResult(
      flags.json ? JSON.stringify(gateJson(result), null, 2) : gateText(result, process.stdout.columns),
    )
    return flags.accept ? ExitCode.pass : result.exitCode
  },
}

/** Undefined if the gate was interrupted. The exit code is then that of the signal. */
async function live(flags: GateFlags, { interruption }: CommandContext): Promise<GateResult | undefined> {
  const { subject, candidate, inconclusive, out, baseline, set, baselineSet, candidateSet, metrics } = flags
  const point = readWholeNumber('--point', flags.point)
  const budgetS = readDurationS('--budget', flags.budget)
  const fleet = readFleetFlags(flags)
  const { signal } = interruption
  const progress = gateProgress(process.stderr, process.env)
  const folder = out ?? newFolderUnderReports('gate', new Date())
  const outputs: RunOutputs[] = []
  let opened: Fleet | undefined
  let result: GateResult | undefined
  try {
    result = await liveGate(
      {
        scenarioFile: subject,
        baseline,
        candidate: candidate!,
        inconclusive: inconclusive ?? 'exit-5',
        folder,
        set,
        baselineSet,
        candidateSet,
        metrics,
        point,
        budgetS,
        requireServer: (server) => requireReachable(server, fleet),
      },
      {
        signal,
        observer: progress,
        collect(runFolder) {
          const output = openRunOutputs(runFolder)
          outputs.push(output)
          return output
        },
        async openRunLoad(points) {
          opened = await openFleetOf(fleet, { folder, points, signal, onStatus: progress.status })
          return opened?.runLoad
        },
      },
    )
    if (result !== undefined) await writeOutputs(result, folder, process.env)
    return result
  } finally {
    await opened?.close()
    if (result === undefined) {
      for (const output of outputs) await output.discard()
      // The folder is empty if neither server could be measured. A refused gate leaves no folder.
      await rmdir(folder).catch(() => undefined)
    }
    progress.done()
  }
}

/** Undefined if --accept records the first baseline, because there is nothing to compare with yet. */
async function stored(flags: GateFlags): Promise<GateResult | undefined> {
  const { subject, baseline, metrics, inconclusive, accept, out } = flags
  const { point, budget, set, baselineSet, candidateSet } = flags
  const { agents, nats, spread } = flags
  const sides = { 'baseline-set': baselineSet, 'candidate-set': candidateSet }
  const onlyLive = { point, budget, set, ...sides, agents, nats, spread }
  const given = Object.entries(onlyLive).filter(([, value]) => value !== undefined)
  if (given.length > 0) {
    throw new UserError('this flag is for a live gate only', {
      where: given.map(([name]) => `--${name}`).join(', '),
      remedy: 'Give the candidate server with --candidate, or remove the flag.',
    })
  }
  const first = accept && !(await holdsRuns(baseline))
  const gate = first
    ? undefined
    : await storedGate({ run: subject, baseline, metrics, inconclusive: inconclusive ?? 'exit-5' })
  if (gate !== undefined) await writeOutputs(gate.result, out ?? join(subject, 'gate'), process.env)
  if (accept) {
    requireBaselineQuality(gate?.candidate ?? (await analyseRun(subject)))
    const supersede = gate?.result.verdict === 'FAIL'
    printNotice(`baseline recorded: ${await acceptBaseline(subject, baseline, { supersede })}`)
  }
  return gate?.result
}

async function holdsRuns(path: string): Promise<boolean> {
  try {
    return (await findRuns(path)).length > 0
  } catch (error) {
    if (error instanceof UserError) return false
    throw error
  }
}
