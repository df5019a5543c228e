import { join } from 'node:path'
import type { Argv } from 'yargs'
import { ExitCode, UserError } from '../../system/user-error.js'
import type { GateResult } from '../../gate/gate-result.js'
import { liveGate } from '../../gate/live/live-gate.js'
import { gateJson } from '../../report/gate/gate-json.js'
import { gateText } from '../../report/gate/gate-text.js'
import { findRuns } from '../../gate/stored/baselines.js'
import { acceptRun, storedGate } from '../../gate/stored/stored-gate.js'
import type { Command, CommandContext } from '../command.js'
import { newFolderUnderReports } from '../new-folder-under-reports.js'
import { printNotice, printResult } from '../command.js'
import { readWholeNumber } from '../number-flag.js'
import { gateProgress } from '../progress/gate-progress.js'

interface GateFlags {
  subject: string
  baseline: string
  candidate?: string
  set?: string[]
  point?: string
  metrics?: string
  inconclusive?: 'fail' | 'pass'
  accept: boolean
  out?: string
  json: boolean
}

export const gateCommand: Command<GateFlags> = {
  builder: (yargs: Argv) =>
    yargs
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
    printResult(flags.json ? JSON.stringify(gateJson(result), null, 2) : gateText(result))
    return flags.accept ? ExitCode.pass : result.exitCode
  },
}

/** Undefined where it was interrupted: the exit code is then the signal's. */
async function live(flags: GateFlags, { interruption }: CommandContext): Promise<GateResult | undefined> {
  const { subject, candidate, inconclusive, out, accept: _, json: __, point: ___, ...rest } = flags
  const point = readWholeNumber('--point', flags.point)
  const progress = gateProgress(process.stderr, process.env)
  try {
    return await liveGate(
      {
        scenarioFile: subject,
        candidate: candidate!,
        inconclusive: inconclusive ?? 'exit-5',
        folder: out ?? newFolderUnderReports('gate', new Date()),
        ...rest,
        ...(point !== undefined && { point }),
      },
      { signal: interruption.signal, observer: progress, env: process.env },
    )
  } finally {
    progress.done()
  }
}

/** Undefined where --accept records the first baseline: there is nothing to compare with yet. */
async function stored(flags: GateFlags): Promise<GateResult | undefined> {
  const { subject, baseline, metrics, inconclusive, accept, out } = flags
  if (flags.point !== undefined || flags.set !== undefined) {
    throw new UserError('--point and --set are for a live gate only', {
      remedy: 'Give the candidate server with --candidate, or remove both flags.',
    })
  }
  const first = accept && !(await holdsRuns(baseline))
  const result = first
    ? undefined
    : await storedGate(
        {
          run: subject,
          baseline,
          ...(metrics !== undefined && { metrics }),
          inconclusive: inconclusive ?? 'exit-5',
          folder: out ?? join(subject, 'gate'),
        },
        { env: process.env },
      )
  if (accept) {
    const target = await acceptRun({ run: subject, baseline }, result?.verdict)
    printNotice(`baseline recorded: ${target}`)
  }
  return result
}

async function holdsRuns(path: string): Promise<boolean> {
  try {
    return (await findRuns(path)).length > 0
  } catch (error) {
    if (error instanceof UserError) return false
    throw error
  }
}
