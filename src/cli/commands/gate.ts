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
import { gateProgress } from '../progress/gate-progress.js'

interface GateFlags {
  subject: string
  baseline: string
  candidate?: string
  set?: string[]
  point?: number
  metrics?: string
  inconclusive?: 'fail' | 'pass'
  accept: boolean
  out?: string
  json: boolean
}

export const gateCommand: Command<GateFlags> = {
  command: 'gate <subject>',
  describe: 'did it become slower? two servers live, or a saved run against stored ones',
  builder: (yargs: Argv) =>
    yargs
      .positional('subject', {
        type: 'string',
        demandOption: true,
        describe: 'a scenario file (live, with --candidate) or a run folder (stored)',
      })
      .option('baseline', {
        type: 'string',
        requiresArg: true,
        demandOption: true,
        describe: 'live: a server; stored: a run, or a folder of runs',
      })
      .option('candidate', { type: 'string', requiresArg: true, describe: 'live: the server to be judged' })
      .option('set', { type: 'string', array: true, nargs: 1, describe: 'live: set a field of the scenario' })
      .option('point', { type: 'number', requiresArg: true, describe: 'live: which point of several' })
      .option('metrics', {
        type: 'string',
        requiresArg: true,
        describe: 'what is gated, such as fps:5%,requestLatencyP99Ms',
      })
      .option('inconclusive', {
        choices: ['fail', 'pass'] as const,
        describe: 'exit 1 or 0 where the gate cannot decide (default: exit 5)',
      })
      .option('accept', { type: 'boolean', default: false, describe: 'stored: record the run as a baseline' })
      .option('out', { type: 'string', requiresArg: true, describe: 'folder of the outputs' })
      .option('json', { type: 'boolean', default: false, describe: 'print the result as JSON on stdout' })
      .check(({ accept, candidate }) => {
        if (!accept || candidate === undefined) return true
        throw new UserError('--accept belongs to a stored gate', {
          remedy: 'leave --candidate out and name a saved run and the folder of baselines',
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
  const { subject, candidate, inconclusive, out, accept: _, json: __, ...rest } = flags
  const progress = gateProgress(process.stderr, process.env)
  try {
    return await liveGate(
      {
        scenarioFile: subject,
        candidate: candidate!,
        inconclusive: inconclusive ?? 'exit-5',
        folder: out ?? newFolderUnderReports('gate', new Date()),
        ...rest,
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
    throw new UserError('--point and --set belong to a live gate', {
      remedy: 'name the server to be judged with --candidate, or leave them out',
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
    printNotice(`recorded as a baseline: ${target}`)
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
