import yargs from 'yargs'
import { ExitCode, UserError, formatUserError, messageOf, systemErrorCode } from '../system/user-error.js'
import { packageVersion } from '../system/package-root.js'
import type { Command } from './command.js'
import { benchCommand } from './commands/bench.js'
import { archiveCommand } from './commands/archive.js'
import { capacityCommand } from './commands/capacity.js'
import { doctorCommand } from './commands/doctor.js'
import { gateCommand } from './commands/gate.js'
import { reportCommand } from './commands/report.js'
import { serveCommand } from './commands/serve.js'
import { sizeCommand } from './commands/size.js'
import { streamCommand } from './commands/stream.js'
import type { Interruption } from './interruption.js'
import { listenForInterruption } from './interruption.js'
import { printNotice } from './command.js'

/** Runs the command named by the arguments and returns the exit code of the process; never throws. */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  tolerateClosedOutput()
  const interruption = listenForInterruption()
  let exitCode: number = ExitCode.pass
  const parser = yargs()
    .scriptName('framestorm')
    .usage('$0 <command> [options]\n\nBenchmark and load-test video inference on TorchServe.')
    .version(packageVersion)
    .strict()
    .recommendCommands()
    .demandCommand(1, 'Name a command; `framestorm bench scenarios/quickstart.yaml` is a good first one.')
    .wrap(Math.min(100, process.stdout.columns ?? 80))
    .epilogue('Exit codes: 0 pass, 1 regression, 2 usage, 3 environment, 4 invalid, 5 inconclusive, 70 bug.')
    .exitProcess(false)
    .fail((message, error: Error | undefined) => {
      // Mistakes that yargs finds come as a message, or as its own YError; all else is a failure of a command.
      if (error !== undefined && error.name !== 'YError') throw error
      throw new UserError(message, { remedy: `${helpFor(args)} describes the flags` })
    })

  function register<Flags>({ command, describe, builder, run }: Command<Flags>): void {
    parser.command(
      command,
      describe,
      (yargs) => void builder(yargs),
      async (flags) => {
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- yargs made them by the command's builder
        exitCode = await run(flags as unknown as Flags, { interruption })
      },
    )
  }
  register(benchCommand)
  register(reportCommand)
  register(gateCommand)
  register(capacityCommand)
  register(sizeCommand)
  register(streamCommand)
  register(archiveCommand)
  register(serveCommand)
  register(doctorCommand)

  try {
    await parser.parseAsync(args)
    return interruption.exitCode() ?? exitCode
  } catch (error) {
    return explainFailure(error, interruption)
  } finally {
    interruption.dispose()
  }
}

function helpFor([first]: readonly string[]): string {
  return first === undefined || first.startsWith('-') ? 'framestorm --help' : `framestorm ${first} --help`
}

/**
 * `framestorm … | head` closes our output early, and a closed terminal takes it away (EIO). A measurement goes
 * on regardless, since its results are files: what can no longer be printed is dropped.
 */
function tolerateClosedOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error
    })
  }
}

/** What the system answers where a disk is full or broken, or a folder may not be written: wherever it strikes, no bug. */
const refusals = new Set([
  'ENOSPC',
  'EDQUOT',
  'EROFS',
  'EACCES',
  'EPERM',
  'ENOTDIR',
  'EIO',
  'EMFILE',
  'ENFILE',
])

function refusedBySystem(error: unknown): UserError {
  return new UserError('the system refused to read or write a file', {
    received: messageOf(error),
    remedy: 'Make room and the folder accessible, or choose another one; then run the command again.',
    exitCode: ExitCode.environment,
  })
}

/** Says what went wrong, a user's mistake without a stack trace, and returns the exit code. */
function explainFailure(error: unknown, interruption: Interruption): number {
  const interrupted = interruption.exitCode()
  if (error instanceof UserError) {
    if (interrupted === undefined) printNotice(formatUserError(error))
    return interrupted ?? error.exitCode
  }
  if (interrupted !== undefined && error instanceof Error && error.name === 'AbortError') return interrupted
  if (refusals.has(systemErrorCode(error) ?? '')) {
    printNotice(formatUserError(refusedBySystem(error)))
    return interrupted ?? ExitCode.environment
  }
  printNotice('This is a bug of Framestorm; please report it with the lines below.')
  printNotice(error instanceof Error ? (error.stack ?? error.message) : String(error))
  return ExitCode.bug
}
